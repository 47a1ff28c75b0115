# One server in the foreground.
# shellcheck shell=bash

cmd_run() {
    [[ $# -ge 3 ]] || die "dev/servers run NAME PORT DIR"
    local name=$1 dir
    check_names "$name"
    is_fetched "$name" || die "$name is not fetched: dev/servers fetch $name"
    mkdir -p "$3"
    dir=$(cd "$3" && pwd)
    [[ ${SERVERS_OF_UP-} ]] || register "$name" "$dir"
    cd "$dir"
    "run_$name" "$2" "$dir" "${@:4}"
}

# Leaves word of who started this process, which is about to become a server, so that the next `up` can stop it where
# its owner has ended without doing so.
register() {
    local note=$state/single/$$
    mkdir -p "$note"
    echo "$1" >"$note/name"
    echo "$2" >"$note/dir"
    identity "$PPID" >"$note/owner"
    identity $$ >"$note/pid"
}

# Stops what belongs to nobody any more, and forgets what has ended.
sweep() {
    local note run
    for note in "$state"/single/*/; do
        [[ -s $note/pid ]] || continue # just being written, or none
        if alive "$note/pid"; then
            if alive "$note/owner"; then continue; fi
            say "stopping a $(<"$note/name") that its owner left behind"
            stop "$(<"$note/name")" "$note/pid"
            [[ $(<"$note/dir") != "$state"/* ]] || rm -rf "$(<"$note/dir")"
        fi
        rm -rf "$note"
    done
    for run in "$state"/run-*/; do
        if [[ ! -s $run/owner ]] || alive "$run/owner"; then continue; fi
        say "stopping the servers of process $(cut -d ' ' -f 1 "$run/owner"), which has ended"
        stop_run "$run"
    done
}
