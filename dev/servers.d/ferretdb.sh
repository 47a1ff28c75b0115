# MongoDB's protocol, second: FerretDB 1 on SQLite, of quite another making.
# shellcheck shell=bash

dist_ferretdb() { echo "$state/dist/ferretdb-$(recipe "$parts"/ferretdb/*)"; }

about_ferretdb() { echo "building FerretDB 1.24.0 by go, about 2 minutes on 2 cores, once"; }

needs_ferretdb() {
    local how="apt-get install golang-go, on Debian 12 from its backports"
    needs ferretdb go "$how"
    at_least ferretdb "go 1." 22 "$(go version | sed -n 's/.* go1\.\([0-9]*\).*/\1/p')" "$how"
}

make_ferretdb() {
    # The user's settings, but caches of our own.
    GOENV=$(go env GOENV)
    export GOENV XDG_CONFIG_HOME=$1/config GOMODCACHE=$1/modules GOCACHE=$1/cache
    export GOFLAGS="-mod=readonly -modcacherw -trimpath -buildvcs=false" GOWORK=off CGO_ENABLED=0
    go -C "$parts/ferretdb" build -ldflags="-s -w" -o "$1/ferretdb" .
    rm -rf "$1/config" "$1/modules" "$1/cache"
}

run_ferretdb() {
    mkdir -p "$2/data"
    exec "$(dist_ferretdb)/ferretdb" "127.0.0.1:$1" "$2/data"
}

url_ferretdb() { url_mongodb "$1"; }
