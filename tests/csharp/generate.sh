#!/bin/sh
# Regenerates table.jsonl, corpus-table.jsonl and members.txt. Arguments: names of topics to try out (prints, writes nothing), or `--members`.
# Needs: mono-mcs (compiles the driver of the compiler, nothing else), npm, Python 3, tzdata, libicu72. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
CSHARP_WORK=${CSHARP_WORK:-${TMPDIR:-/tmp}/postern-csharp}
export CSHARP_WORK
# A self-contained .NET 9 with Newtonsoft.Json 13.0.3: the only .NET that a package registry we use ships. Its program is replaced by ours.
runtime=@azure/mcp-linux-x64@0.5.0
# The C# compiler, which this package carries for its own use.
roslyn=@autorest/csharp@3.0.0-beta.20251203.1
mkdir -p "$CSHARP_WORK"
cd "$CSHARP_WORK"
if [ ! -x runtime/azmcp ]; then
    archive=$(npm pack --silent "$runtime")
    tar xzf "$archive"
    mv package/dist runtime
    rm -rf package "$archive"
    chmod +x runtime/azmcp
fi
if [ ! -f roslyn/Microsoft.CodeAnalysis.CSharp.dll ]; then
    archive=$(npm pack --silent "$roslyn")
    mkdir -p roslyn
    tar xzf "$archive" --strip-components=1 -C roslyn package/Microsoft.CodeAnalysis.dll package/Microsoft.CodeAnalysis.CSharp.dll
    rm -f "$archive"
fi
mcs -out:Compile.exe "$here/Compile.cs"
exec python3 "$here/generate.py" "$@"
