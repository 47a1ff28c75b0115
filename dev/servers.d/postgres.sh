# PostgreSQL: the one that is installed, or Debian's packages unpacked into a folder.
# shellcheck shell=bash

dist_postgres() {
    local installed
    installed=$(postgres_installed) && echo "$installed" || echo "$state/dist/postgres"
}

# The folder of the programs of an installed one.
postgres_installed() {
    local postgres folder
    if postgres=$(command -v postgres) && folder=$(dirname "$(readlink -f "$postgres")") && [[ -x $folder/initdb ]]; then
        echo "$folder"
        return
    fi
    folder=$(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -V | tail -n 1)
    [[ -x $folder/postgres && -x $folder/initdb ]] && echo "$folder"
}

about_postgres() { echo "none is installed; unpacking Debian's packages"; }

needs_postgres() {
    local how="apt-get install postgresql"
    needs postgres apt-get "$how, or any PostgreSQL from 14 on whose programs are on PATH"
    needs postgres dpkg "$how"
}

make_postgres() {
    local version package packages
    version=$(apt-cache depends postgresql | sed -n 's/.*Depends: \(postgresql-[0-9]*\)$/\1/p')
    [[ $version ]] || die "apt knows no package postgresql: apt-get update, or apt-get install postgresql"
    packages=("$version")
    # The libraries that it needs and this machine does not have; LLVM would only make some queries faster.
    for package in $(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
        --no-enhances "$version" | grep -E '^lib[a-z0-9.+-]+$' | grep -vE '^libllvm|-perl$' | sort -u); do
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || packages+=("$package")
    done
    cd "$1"
    apt-get download "${packages[@]}"
    for package in *.deb; do dpkg -x "$package" .; done
    rm ./*.deb
    ln -s "usr/lib/postgresql/${version#postgresql-}/bin" bin
}

run_postgres() {
    local port=$1 dir=$2 bin as=()
    bin=$(dist_postgres)
    if [[ $bin == "$state"/* ]]; then
        bin=$bin/bin
        LD_LIBRARY_PATH=$(printf '%s:' "$state"/dist/postgres/usr/lib/*-linux-gnu)
        export LD_LIBRARY_PATH
    fi
    [[ $EUID != 0 ]] || postgres_user "$dir" "$bin"
    if [[ ! -d $dir/data ]]; then
        rm -rf "$dir/new"
        mkdir -m 700 "$dir/new"
        [[ ! ${user-} ]] || chown "$user" "$dir/new"
        "${as[@]}" "$bin/initdb" --pgdata "$dir/new" --username postgres --auth trust --encoding UTF8 --locale C --no-sync >&2
        "${as[@]}" "$bin/postgres" --single -D "$dir/new" postgres <<<"CREATE DATABASE tidings" >/dev/null
        mv "$dir/new" "$dir/data"
    fi
    exec "${as[@]}" "$bin/postgres" -D "$dir/data" -p "$port" -h 127.0.0.1 -k '' -c max_connections=300
}

# postgres_user DIR BIN: it will not run as root: sets `user`, and `as`, which runs a command as that user. The folders
# above the data may be closed to other users, as root's home is, so the command may pass them all the same, where the
# system lets it. PostgreSQL wants more of the folders above its programs.
postgres_user() {
    local caps
    for user in postgres nobody; do
        if id "$user" >/dev/null 2>&1; then break; fi
    done
    for caps in +dac_override -all; do
        as=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups --inh-caps="$caps" --ambient-caps="$caps")
        # `test` asks what the user may do without this help, as PostgreSQL does of its programs; `ls` just goes there.
        if "${as[@]}" ls -d "$1/." >/dev/null 2>&1 && "${as[@]}" test -x "$2/postgres"; then return; fi
    done
    die "PostgreSQL does not run as root, and user $user may not enter $1 or $2: chmod a+x the folders on the way, or apt-get install postgresql"
}

url_postgres() { echo "postgres://postgres@127.0.0.1:$1/postgres"; }
