# MongoDB's protocol, first: secantus-mdb, on MongoDB's own storage engine.
# shellcheck shell=bash

mongodb_version=0.5.3-beta.196

dist_mongodb() { echo "$state/dist/mongodb-$mongodb_version"; }

about_mongodb() { echo "building secantus-mdb $mongodb_version by cargo, about 5 minutes on 2 cores, once"; }

needs_mongodb() {
    needs mongodb cargo "install Rust by rustup"
    needs mongodb cmake "apt-get install cmake"
    needs mongodb c++ "apt-get install build-essential"
}

make_mongodb() {
    # What it says of its own minimum is a habit of its authors; it is built with ours.
    cargo install secantus-mdb --version "=$mongodb_version" --locked --ignore-rust-version \
        --root "$1" --target-dir "$1/build" --no-track
    rm -rf "$1/build"
}

run_mongodb() {
    : >"$2/secantusd.toml" # or it would look for one elsewhere
    # Without --sync-on-commit it acknowledges what a crash takes away.
    exec "$(dist_mongodb)/bin/secantusd-rs" --config "$2/secantusd.toml" --host 127.0.0.1 --port "$1" \
        --storage-path "$2/data" --cache-size 512M --log-level WARNING --sync-on-commit
}

url_mongodb() { echo "mongodb://127.0.0.1:$1/?directConnection=true"; }
