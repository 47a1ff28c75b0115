# Getting servers: each is made beside its place and moved there whole, so that what is there is complete.
#
# A server NAME has: dist_NAME, the folder where it will be (its name changes with version and recipe); needs_NAME,
# which refuses where a tool is missing; about_NAME, what is going to happen; make_NAME, which makes it in a folder.
# shellcheck shell=bash

cmd_fetch() {
    local name
    check_names "$@"
    [[ $# -gt 0 ]] || set -- "${names[@]}"
    for name; do is_fetched "$name" || "needs_$name"; done # before the minutes, not after
    for name; do is_fetched "$name" || fetch_one "$name"; done
}

is_fetched() { [[ -d $("dist_$1") ]]; }

fetch_one() (
    name=$1 log=$state/fetch-$1.log new=$state/fetch/$1
    lock fetch
    if is_fetched "$name"; then return; fi # by the one we waited for
    rm -rf "$state/fetch"                  # what one that was interrupted left
    mkdir -p "$new"
    say "$name: $("about_$name")"
    "$self" make "$name" "$new" >"$log" 2>&1 9>&- || {
        tail -n 20 "$log" >&2
        die "$name could not be made; all that was said is in $log"
    }
    mkdir -p "$state/dist"
    mv "$new" "$("dist_$name")"
    rm -rf "$state/fetch" "$log"
)

# A process of its own, so that the first error ends it.
cmd_make() {
    check_names "$1"
    cd "$root"
    export TMPDIR=$2/tmp
    mkdir "$TMPDIR"
    "make_$1" "$2"
    rm -rf "$TMPDIR"
}

# recipe FILE…: a short word that changes when one of these does.
recipe() { cat "$@" | cksum | cut -d ' ' -f 1; }
