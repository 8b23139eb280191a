#!/usr/bin/env bash
# Builds Postern and runs all of it on this machine: management, gateway, agent and a demo backend. The first run defines
# a demo service through the ARM API; later runs keep what is there. Ctrl-C stops everything.
#
# Environment (defaults): POSTERN_HTTP_PORT (8080), POSTERN_OPERATOR_PORT (8090), POSTERN_MANAGEMENT_PORT (7070),
# POSTERN_BACKEND_PORT (7071), POSTERN_DATA (.postern), POSTERN_BIND (127.0.0.1: address of the API port),
# POSTERN_BIN_DIR (take the programs from there instead of building them)
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
bind=${POSTERN_BIND:-127.0.0.1}
http_port=${POSTERN_HTTP_PORT:-8080}
operator_port=${POSTERN_OPERATOR_PORT:-8090}
management_port=${POSTERN_MANAGEMENT_PORT:-7070}
backend_port=${POSTERN_BACKEND_PORT:-7071}
data=${POSTERN_DATA:-$root/.postern}
logs=$data/logs
# A ready line that takes longer than this never comes.
ready_s=60

started_at=$SECONDS
say() {
    printf '[%4ss] %s\n' "$((SECONDS - started_at))" "$*"
}
fail() {
    printf 'run.sh: %s\n' "$*" >&2
    exit 1
}

# --- processes -------------------------------------------------------------------------------------------------------

names=()
pids=()

# Ends what was started, the last first, and waits for each: the gateway gets to end its requests.
stop_all() {
    trap - EXIT INT TERM
    local index
    for ((index = ${#pids[@]} - 1; index >= 0; index--)); do
        kill -TERM "${pids[index]}" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    rm -rf "$data/run"
    [ "${#pids[@]}" -eq 0 ] || say "stopped"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME PROGRAM ARGUMENTS…: starts a program and waits for its ready line, which ends up in $ready_line. What it
# prints goes to $logs/NAME.log.
start() {
    local name=$1 output=$data/run/$1.out
    shift
    mkfifo "$output"
    "$@" >"$output" 2>>"$logs/$name.log" &
    names+=("$name")
    pids+=("$!")
    exec {stdout}<"$output"
    if ! read -r -t "$ready_s" -u "$stdout" ready_line || [[ $ready_line != *'"ready":true'* ]]; then
        tail -n 15 "$logs/$name.log" >&2 || true
        fail "$name did not become ready; its log is $logs/$name.log"
    fi
    cat <&"$stdout" >>"$logs/$name.log" &
    exec {stdout}<&-
    say "$name is ready"
}

# field NAME: a text member of the JSON object on standard input.
field() {
    sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" | head -n 1
}

# --- the ARM API -----------------------------------------------------------------------------------------------------

service=/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/postern
service+=/providers/Microsoft.ApiManagement/service/postern

# arm METHOD PATH: sends the JSON on standard input to the management plane and prints the answer.
arm() {
    local answer
    answer=$(curl --silent --show-error --max-time 60 --request "$1" --config "$data/run/curl" \
        --header 'Content-Type: application/json' --data-binary @- --write-out '\n%{http_code}' \
        "http://$management$service$2?api-version=2024-05-01")
    case ${answer##*$'\n'} in
    2*) printf '%s' "${answer%$'\n'*}" ;;
    *) fail "$1 $2 was answered ${answer##*$'\n'}: ${answer%$'\n'*}" ;;
    esac
}

# json_text: standard input as a JSON string.
json_text() {
    printf '"'
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' -e 's/\r/\\r/g' | awk '{ printf "%s\\n", $0 }'
    printf '"'
}

put_policy() {
    printf '{"properties":{"format":"rawxml","value":%s}}' "$(json_text <"$root/scripts/demo/$2")" | arm PUT "$1/policies/policy" >/dev/null
}

define_demo() {
    say "defining the demo service through the ARM API"
    arm PUT /namedValues/demo-greeting >/dev/null <<<'{"properties":{"displayName":"demo-greeting","value":"hello from a named value"}}'

    {
        printf '{"properties":{"path":"cardano","displayName":"Cardano (demo)","protocols":["http","https"],'
        printf '"serviceUrl":"http://127.0.0.1:%s","format":"openapi","value":' "$backend_port"
        json_text <"$root/scripts/demo/blockfrost/openapi.yaml"
        printf '}}'
    } | arm PUT /apis/cardano >/dev/null
    say "imported $(arm GET /apis/cardano/operations </dev/null | sed -n 's/.*"count" *: *\([0-9]*\).*/\1/p' | tail -n 1) operations from an OpenAPI document"
    put_policy /apis/cardano api-policy.xml
    put_policy /apis/cardano/operations/get-health mock-policy.xml

    arm PUT /products/demo >/dev/null <<<'{"properties":{"displayName":"Demo","subscriptionRequired":true,"state":"published"}}'
    arm PUT /products/demo/apis/cardano </dev/null >/dev/null
    arm PUT /subscriptions/demo >/dev/null <<<'{"properties":{"displayName":"Demo","scope":"/products/demo","state":"active"}}'
    arm PUT /gateways/default/apis/cardano </dev/null >/dev/null
    echo "$backend_port" >"$data/demo-defined"
}

# --- build -----------------------------------------------------------------------------------------------------------

"$root/scripts/setup.sh" run
if [ -n "${POSTERN_BIN_DIR:-}" ]; then
    bin=$POSTERN_BIN_DIR
else
    say "building (minutes the first time, seconds afterwards)"
    (cd "$root" && cargo build --locked --profile quick --bins \
        -p postern-gateway -p postern-agent -p postern-management -p postern-bench)
    bin=$root/target/quick
fi

# --- run -------------------------------------------------------------------------------------------------------------

umask 077
mkdir -p "$data/management" "$data/agent" "$logs"
# One run per folder: two would write the same store.
exec {lock}>"$data/lock"
flock --nonblock "$lock" || fail "$data is in use by another run"
rm -rf "$data/run"
mkdir "$data/run"

start backend "$bin/postern-bench" origin --listen "127.0.0.1:$backend_port" --echo
backend_port=$(field http <<<"$ready_line")
backend_port=${backend_port##*:}
start management "$bin/postern-management" --data "$data/management" --listen "127.0.0.1:$management_port"
management=$(field listen <<<"$ready_line")
token_file=$(field token_file <<<"$ready_line")
# In a file, so that the token is not in the list of processes.
printf 'header = "Authorization: Bearer %s"\n' "$(cat "$token_file")" >"$data/run/curl"

if [ ! -e "$data/demo-defined" ]; then
    define_demo
elif [ "$(cat "$data/demo-defined")" != "$backend_port" ]; then
    arm PATCH /apis/cardano >/dev/null <<<"{\"properties\":{\"serviceUrl\":\"http://127.0.0.1:$backend_port\"}}"
    echo "$backend_port" >"$data/demo-defined"
else
    say "keeping the service as it was defined"
fi

"$bin/postern-management" token --data "$data/management" --gateway default >"$data/run/gateway-token" 2>>"$logs/management.log"
start gateway "$bin/postern-gateway" --http "$bind:$http_port" --operator "127.0.0.1:$operator_port" \
    --socket "$data/run/gateway.sock" --access-log "$logs/access.log"
gateway=$(field http <<<"$ready_line")
operator=$(field operator <<<"$ready_line")
start agent "$bin/postern-agent" run --socket "$data/run/gateway.sock" --source "endpoint:http://$management" \
    --gateway default --token-file "$data/run/gateway-token" --data "$data/agent"

# The subscription may be gone or renamed by now: then there is no key to show, and nothing else is wrong.
key=$( (arm POST /subscriptions/demo/listSecrets </dev/null 2>/dev/null || true) | field primaryKey)
url=http://${gateway/#0.0.0.0:/127.0.0.1:}/cardano

cat <<END

  Postern is running. APIs: $url   key: ${key:-(the subscription "demo" is gone)}

    curl -i -H 'Ocp-Apim-Subscription-Key: ${key:-KEY}' $url/blocks/latest

  also     $url/health      answered by a policy (mock-response) from the document's example
  metrics  http://$operator/metrics
  status   http://$operator/status-0123456789abcdef
  ARM API  http://$management$service?api-version=2024-05-01
           with the header "Authorization: Bearer \$(cat $token_file)"
  logs     $logs/access.log (one line per request), gateway.log, agent.log, management.log

  Ctrl-C stops everything; what you define is kept in $data

END

wait -n "${pids[@]}" || true
for index in "${!pids[@]}"; do
    if ! kill -0 "${pids[index]}" 2>/dev/null; then
        tail -n 15 "$logs/${names[index]}.log" >&2 || true
        fail "${names[index]} ended; its log is $logs/${names[index]}.log"
    fi
done
