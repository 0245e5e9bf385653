package server

import (
	"io"
	"net/http"
	"time"
)

// bodyTimeout is how long the body of a request may take, so that strangers
// cannot hold a connection by sending it slowly. Polling gives its messages
// their own time. Tests shorten it.
var bodyTimeout = 10 * time.Second

// limitBody gives the body of a request its time. A request without one gets
// no deadline: the HTTP server reads on, to notice when the client leaves, and
// would take the deadline for that while a poll is held.
func limitBody(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	rc := http.NewResponseController(w)
	if rc.SetReadDeadline(time.Now().Add(bodyTimeout)) == nil {
		r.Body = &timedBody{r.Body, rc}
	}
}

// timedBody takes the deadline away at the body's end, from where on the
// HTTP server reads on.
type timedBody struct {
	io.ReadCloser
	rc *http.ResponseController
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}
