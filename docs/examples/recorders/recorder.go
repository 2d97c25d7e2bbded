// Package recorder appends requests to a cache to a file for `bakeoff workload import`.
package recorder

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// Recorder writes one JSON object per request.
type Recorder struct {
	mutex  sync.Mutex
	Output io.Writer
}

// Record writes a request; size -1 means that it is unknown.
func (r *Recorder) Record(op, key string, size int) error {
	line := map[string]any{"time": float64(time.Now().UnixMicro()) / 1e6, "op": op, "key": key}
	if size >= 0 {
		line["size"] = size
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return json.NewEncoder(r.Output).Encode(line)
}
