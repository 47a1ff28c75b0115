// Measures saves of eventhorizon's MongoDB event store: so many writers, each saving one event of a new
// aggregate and waiting for it, in a closed loop. Prints what Tidings' bench reads, as JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	eh "github.com/looplab/eventhorizon"
	"github.com/looplab/eventhorizon/eventstore/mongodb_v2"
	"github.com/looplab/eventhorizon/uuid"
)

const created = eh.EventType("NoteCreated")

type note struct {
	Text string `bson:"text"`
}

type measured struct {
	Mode       string  `json:"mode"`
	AppendsPer float64 `json:"appends_per_s"`
	P50        int64   `json:"p50_us"`
	P95        int64   `json:"p95_us"`
	P99        int64   `json:"p99_us"`
	Failed     int     `json:"failed"`
}

func main() {
	url := flag.String("mongodb", "mongodb://127.0.0.1:27017/?directConnection=true", "the server")
	database := flag.String("database", "eventhorizon", "the database; must be new")
	writers := flag.Int("clients", 200, "how many save at a time")
	seconds := flag.Float64("seconds", 3, "for how long")
	size := flag.Int("bytes", 400, "bytes of an event's data")
	gaps := flag.Bool("gaps", false, "take the position outside the transaction, so that numbers may have gaps")
	flag.Parse()
	eh.RegisterEventData(created, func() eh.EventData { return &note{} })
	result, err := measure(*url, *database, *writers, *size, time.Duration(*seconds*float64(time.Second)), *gaps)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode([]measured{result}); err != nil {
		log.Fatal(err)
	}
}

func measure(url, database string, writers, size int, span time.Duration, gaps bool) (measured, error) {
	strategy, mode := mongodb_v2.GlobalPositionInTX, "gap-free"
	if gaps {
		strategy, mode = mongodb_v2.GlobalPositionOutsideTX, "with gaps"
	}
	store, err := mongodb_v2.NewEventStore(url, database, mongodb_v2.WithGlobalPositionStrategy(strategy))
	if err != nil {
		return measured{}, err
	}
	defer store.Close()
	var (
		mutex  sync.Mutex
		times  []int64
		failed int
		group  sync.WaitGroup
	)
	text := strings.Repeat("x", size)
	began := time.Now()
	for range writers {
		group.Add(1)
		go func() {
			defer group.Done()
			var mine []int64
			errors := 0
			for time.Since(began) < span {
				event := eh.NewEvent(created, &note{Text: text}, time.Now(), eh.ForAggregate("note", uuid.New(), 1))
				asked := time.Now()
				if err := store.Save(context.Background(), []eh.Event{event}, 0); err != nil {
					errors++
					continue
				}
				mine = append(mine, time.Since(asked).Microseconds())
			}
			mutex.Lock()
			defer mutex.Unlock()
			times, failed = append(times, mine...), failed+errors
		}()
	}
	group.Wait()
	took := time.Since(began).Seconds()
	sort.Slice(times, func(a, b int) bool { return times[a] < times[b] })
	at := func(share float64) int64 {
		if len(times) == 0 {
			return 0
		}
		return times[int(share*float64(len(times)-1))]
	}
	return measured{mode, float64(len(times)) / took, at(0.5), at(0.95), at(0.99), failed}, nil
}
