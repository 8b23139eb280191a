#!/bin/sh
# Regenerates table.jsonl and corpus-table.jsonl. Arguments: names of topics to try out (prints, writes nothing).
# Needs: mono-mcs (the C# 7 compiler), npm, Python 3 with venv, tzdata, libicu72. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
CSHARP_WORK=${CSHARP_WORK:-${TMPDIR:-/tmp}/postern-csharp}
export CSHARP_WORK
# A self-contained .NET 9 with Newtonsoft.Json 13.0.3: the only .NET that a package registry we use ships. Its program is replaced by ours.
package=@azure/mcp-linux-x64@0.5.0
mkdir -p "$CSHARP_WORK"
cd "$CSHARP_WORK"
if [ ! -x runtime/azmcp ]; then
    archive=$(npm pack --silent "$package")
    tar xzf "$archive"
    mv package/dist runtime
    rm -rf package "$archive"
    chmod +x runtime/azmcp
fi
if [ ! -f facades/System.Runtime.dll ]; then
    python3 -m venv venv
    venv/bin/pip install --quiet dnfile==0.18.0
    venv/bin/python "$here/facades.py" runtime facades
fi
exec python3 "$here/generate.py" "$@"
