# Processes by their id and the moment of their birth, as ids are given out again.
# shellcheck shell=bash

# When a process began; fails where it has ended.
birth() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return
    # After the name, which is in brackets and may hold anything: the state, and 19 further on the start.
    read -ra stat <<<"${stat##*) }"
    [[ ${stat[0]} != Z ]] && printf '%s\n' "${stat[19]}"
}

# identity PID: what stays true of this process alone.
identity() {
    local begun
    begun=$(birth "$1") && printf '%s %s\n' "$1" "$begun"
}

# alive FILE: whether the process whose identity is in the file still runs.
alive() {
    local identity
    { read -r identity <"$1"; } 2>/dev/null && [[ $(identity "${identity% *}") == "$identity" ]]
}

# stop SERVER FILE: stops it in good order, and where it does not, by force.
stop() {
    local pid _ signal=TERM
    [[ $1 == postgres ]] && signal=INT # TERM would wait for its clients
    alive "$2" || return 0
    read -r pid _ <"$2"
    kill -"$signal" "$pid" 2>/dev/null || true
    kill -CONT "$pid" 2>/dev/null || true
    for _ in {1..100}; do
        alive "$2" || return 0
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
}
