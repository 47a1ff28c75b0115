# Ports, and what answers on them.
# shellcheck shell=bash

# A port on which nobody listens, nor on the one after it. Below those that the system gives to connections going out,
# so that a server which is started again finds its port free.
free_port() {
    local port
    while true; do
        port=$((20000 + 2 * (RANDOM % 6000)))
        listens "$port" || listens $((port + 1)) || break
    done
    echo "$port"
}

cmd_port() { free_port; }

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# ask PORT REQUEST COUNT: sends bytes, written as for printf, and prints the reply's first ones in hex.
ask() {
    # shellcheck disable=SC2016
    timeout 2 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "$2" >&3 && head -c "$3" <&3 | od -An -v -tx1 | tr -d " \n"' \
        ask "$@" 2>/dev/null
}

# cmd_answers NAME PORT [BROKERS]: whether it answers its protocol; Kafka: and as many brokers are known.
cmd_answers() {
    [[ $# -ge 2 ]] || die "dev/servers answers NAME PORT"
    check_names "$1"
    listens "$2" || return # cheaper
    case $1 in
        # OP_MSG {hello: 1, $db: "admin"}
        mongodb | ferretdb) [[ $(ask "$2" '\x34\0\0\0\1\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\x1f\0\0\0\x10hello\0\1\0\0\0\x02$db\0\6\0\0\0admin\0\0' 4) ]] ;;
        # Metadata of no topic, version 1: length, correlation, the number of brokers
        kafka) [[ $(ask "$2" '\0\0\0\x0e\0\3\0\1\0\0\0\1\xff\xff\0\0\0\0' 12) == ????????00000001$(printf %08x "${3:-1}") ]] ;;
        # A connection is let in, and says good-bye
        postgres) [[ $(ask "$2" '\0\0\0\x29\0\3\0\0user\0postgres\0database\0postgres\0\0X\0\0\0\4' 1000) == 52* ]] ;;
    esac
}
