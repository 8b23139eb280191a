#!/usr/bin/env bash
# Fuzzes the parts of Postern that read what strangers write. Needs rustup's nightly toolchain and a C++ compiler.
#
#   scripts/fuzz.sh [target|all] [seconds]      each target for that long (default: all, 300)
#
# Targets: reader parser evaluator liquid jsonpath jwt odata xsd (fuzz/src says what each does with its input). Seeds are those of fuzz/seeds and what is
# in fuzz/corpus, where the fuzzer puts what it finds; `scripts/fuzz-seeds.py CORPUS` fills it from a folder of policies. An input that breaks
# something is kept in fuzz/artifacts and ends the run; `cargo +nightly fuzz run TARGET FILE` repeats it.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=(reader parser evaluator liquid jsonpath jwt odata xsd)
# Longer inputs are slower, and find little that shorter ones do not.
input_bytes_max=4096
# An input that takes longer hangs: the slowest a target does on purpose takes a second with all checks on.
input_seconds_max=10
memory_megabytes_max=2048

which=${1:-all}
seconds=${2:-300}

if [ "$which" != all ]; then
    [[ " ${targets[*]} " == *" $which "* ]] || {
        echo "fuzz.sh: there is no target $which: ${targets[*]}" >&2
        exit 2
    }
    targets=("$which")
fi
cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-fuzz

# The dependencies that ship are those to be fuzzed.
cp Cargo.lock fuzz/Cargo.lock
for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target"
    dictionary=()
    [ ! -f "fuzz/dictionaries/$target" ] || dictionary=("-dict=fuzz/dictionaries/$target")
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -max_len="$input_bytes_max" -timeout="$input_seconds_max" \
        -rss_limit_mb="$memory_megabytes_max" -print_final_stats=1 "${dictionary[@]}"
done
