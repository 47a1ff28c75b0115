# What the other parts stand on.
# shellcheck shell=bash

say() { printf 'servers: %s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

# Refuses a name that is none.
check_names() {
    local name
    for name; do
        [[ " ${names[*]} " == *" $name "* ]] || die "there is no server \`$name\`; there are ${names[*]}"
    done
}

# needs SERVER TOOL HOW: refuses where a tool is missing.
needs() {
    command -v "$2" >/dev/null || die "$1 needs \`$2\`, and it is not there: $3"
}

# at_least SERVER TOOL WANTED VERSION HOW: refuses where a tool is too old.
at_least() {
    [[ ${4:-0} -ge $3 ]] || die "$1 needs $2$3 or newer, and there is ${4:+$2}${4:-another}: $5"
}

# Waits for a lock, which is held until the file descriptor 9 is closed: by the end of this process.
lock() {
    mkdir -p "$state"
    exec 9>"$state/$1.lock"
    flock --nonblock 9 || {
        say "waiting for another dev/servers"
        flock 9
    }
}
