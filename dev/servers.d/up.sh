# Sets of servers: one of the checkout, which stays until `down`, and others that belong to a process.
#
# A set is a folder: `owner`, and for each server `pid`, `port`, `log` and `data`.
# shellcheck shell=bash

# Takes `--owner PID` off the arguments: sets `run`, `owner` and `rest`.
which_run() {
    owner='' rest=()
    if [[ ${1-} == --owner ]]; then
        owner=$(identity "${2-}") || die "there is no process ${2-}"
        shift 2
    fi
    rest=("$@")
    run=$state/run-${owner%% *}
    [[ $owner ]] || run=$state/run-checkout
}

cmd_up() {
    local name run owner rest
    which_run "$@"
    check_names "${rest[@]}"
    [[ ${#rest[@]} -gt 0 ]] || rest=("${names[@]}")
    cmd_fetch "${rest[@]}"
    lock up
    sweep
    mkdir -p "$run"
    [[ ! $owner ]] || echo "$owner" >"$run/owner"
    for name in "${rest[@]}"; do start "$name"; done
    for name in "${rest[@]}"; do await "$name"; done
    urls
}

# Starts a server of the set, where it does not run.
start() {
    local dir=$run/$1
    if alive "$dir/pid"; then return; fi
    mkdir -p "$dir"
    [[ -s $dir/port ]] || free_port >"$dir/port"
    # A process group of its own: Ctrl-C is for us, not for the servers.
    set -m
    SERVERS_OF_UP=1 "$self" run "$1" "$(<"$dir/port")" "$dir/data" </dev/null >>"$dir/log" 2>&1 9>&- &
    set +m
    identity $! >"$dir/pid" || true
}

# Waits until a server answers. One that ends before is tried again: its port may have been taken meanwhile.
await() {
    local dir=$run/$1 tries=0 end=$((SECONDS + 180)) # some 5 s, where the machine has nothing else to do
    until cmd_answers "$1" "$(<"$dir/port")"; do
        if ! alive "$dir/pid"; then
            tries=$((tries + 1))
            [[ $tries -lt 3 ]] || not_up "$1" "ended instead of answering"
            listens "$(<"$dir/port")" && rm "$dir/port"
            start "$1"
        elif [[ $SECONDS -gt $end ]]; then
            not_up "$1" "did not answer within 180 s"
        fi
        sleep 0.2
    done
}

not_up() {
    tail -n 20 "$run/$1/log" >&2
    die "$1 $2; its log is $run/$1/log"
}

cmd_down() {
    local run owner rest
    which_run "$@"
    lock up
    stop_run "$run"
    sweep
}

# All at once, as each takes its time.
stop_run() {
    local dir
    for dir in "$1"/*/; do
        stop "$(basename "$dir")" "$dir/pid" &
    done
    wait
    rm -rf "$1"
}

cmd_urls() {
    local run owner rest
    which_run "$@"
    [[ -d $run ]] || die "no servers run: dev/servers up"
    urls
}

# For tests, TIDINGS_TEST_…; for people, what the programs read.
urls() {
    local name port
    for name in "${names[@]}"; do
        [[ -s $run/$name/port ]] || continue
        port=$(<"$run/$name/port")
        echo "export TIDINGS_TEST_${name^^}='$("url_$name" "$port")'"
        case $name in
            mongodb) echo "export TIDINGS_STORE='mongodb://127.0.0.1:$port/tidings?directConnection=true'" ;;
            kafka) echo "export TIDINGS_BUS='kafka://127.0.0.1:$port/tidings'" ;;
            postgres) echo "export TIDINGS_VIEWS='postgres://postgres@127.0.0.1:$port/tidings'" ;;
        esac
    done
}

cmd_status() {
    local dir name port what found=
    for dir in "$state"/run-*/*/; do
        [[ -s $dir/pid ]] || continue
        found=1 name=$(basename "$dir") port=$(<"$dir/port") what="does not run"
        if alive "$dir/pid"; then
            what="runs, but does not answer"
            if cmd_answers "$name" "$port"; then what="answers"; fi
        fi
        printf '%-9s port %-6s process %-8s %-14s %s\n' "$name" "$port" "$(cut -d ' ' -f 1 "$dir/pid")" "$what" "${dir}log"
    done
    [[ $found ]] || echo "no servers run: dev/servers up"
}

cmd_logs() {
    local run owner rest
    [[ $# -gt 0 ]] || die "dev/servers logs NAME"
    check_names "$1"
    which_run
    [[ -f $run/$1/log ]] || die "$1 does not run: dev/servers up $1"
    tail "${@:2}" "$run/$1/log"
}
