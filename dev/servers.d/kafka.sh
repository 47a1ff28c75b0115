# Apache Kafka, without ZooKeeper: each node is broker and controller.
# shellcheck shell=bash

dist_kafka() { echo "$state/dist/kafka-$(recipe "$parts/kafka/pom.xml" "$parts/kafka.sh")"; }

about_kafka() { echo "getting Kafka 4.1 by Maven, about a minute, once"; }

needs_kafka() {
    local how="apt-get install default-jre-headless maven"
    needs kafka java "$how"
    needs kafka mvn "$how"
    at_least kafka "java " 17 "$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')" "$how"
}

make_kafka() {
    export MAVEN_OPTS="-XX:-UsePerfData ${MAVEN_OPTS-}"
    mvn --batch-mode --file "$parts/kafka/pom.xml" -Dmaven.repo.local="$1/repository" -DoutputDirectory="$1" \
        dependency:copy-dependencies
    rm -rf "$1/repository"
    # What a new cluster begins with is the same for all: made here once, it saves every start a Java program.
    kafka_settings 0 "$1/formatted" 1 1@127.0.0.1:1 1 >"$1/server.properties"
    java -XX:-UsePerfData -cp "$1/*" kafka.tools.StorageTool format --cluster-id "$(kafka_id template)" \
        --config "$1/server.properties"
    mv "$1/formatted/bootstrap.checkpoint" "$1"
    rm -r "$1/formatted" "$1/server.properties"
}

# run_kafka PORT DIR [PORTS]: PORTS are those of all brokers of a cluster. A controller listens on the port after.
run_kafka() {
    local port=$1 dir=$2 node=0 voters='' count=0 each
    for each in $(tr , ' ' <<<"${3:-$1}"); do
        count=$((count + 1))
        [[ $each != "$port" ]] || node=$count
        voters+=${voters:+,}$count@127.0.0.1:$((each + 1))
    done
    [[ $node -gt 0 ]] || die "$port is none of the brokers' ports, which are $3"
    kafka_settings "$port" "$dir/log" "$node" "$voters" "$count" >"$dir/server.properties"
    [[ -d $dir/log ]] || kafka_format "$dir" "$node" "${3:-$1}"
    mkdir -p "$dir/tmp"
    exec java -Xmx512m -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData "-Djava.io.tmpdir=$dir/tmp" \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true \
        -Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS -cp "$(dist_kafka)/*" kafka.Kafka "$dir/server.properties"
}

kafka_settings() {
    local copies=$(($5 < 3 ? $5 : 3))
    cat <<SETTINGS
process.roles=broker,controller
node.id=$3
controller.quorum.voters=$4
listeners=CLIENT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$(($1 + 1))
advertised.listeners=CLIENT://127.0.0.1:${TIDINGS_KAFKA_ADVERTISED:-$1}
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
log.dirs=$2
auto.create.topics.enable=false
default.replication.factor=$copies
min.insync.replicas=$(((copies + 1) / 2))
offsets.topic.num.partitions=8
offsets.topic.replication.factor=$copies
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=$(((copies + 1) / 2))
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=$copies
share.coordinator.state.topic.min.isr=$(((copies + 1) / 2))
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=6000
SETTINGS
}

# kafka_format DIR NODE PORTS: what Kafka's own tool writes. All nodes of a cluster must agree on its id, so it is made of
# their ports. Beside its place, and moved there whole.
kafka_format() {
    rm -rf "$1/new"
    mkdir "$1/new"
    cp "$(dist_kafka)/bootstrap.checkpoint" "$1/new"
    printf '%s\n' version=1 "cluster.id=$(kafka_id "$3")" "node.id=$2" "directory.id=$(kafka_id "$3 $2")" \
        >"$1/new/meta.properties"
    mv "$1/new" "$1/log"
}

# kafka_id TEXT: an id as Kafka writes them, the same for the same text.
kafka_id() { sha256sum <<<"$1" | head -c 16 | base64 | tr -d =; }

url_kafka() { echo "127.0.0.1:$1"; }
