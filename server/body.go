package server

import (
	"net/http"
	"time"
)

// bodyTimeout is how long the body of a request may take, so that strangers
// cannot hold a connection by sending it slowly. Polling gives its messages
// their own time. Tests shorten it.
var bodyTimeout = 10 * time.Second

// limitBody gives the body of a request its time, which ends with it. A request
// without one gets no deadline: the HTTP server reads on to notice when the
// client leaves, and would take a deadline for that while a poll is held. The
// body of a CONNECT is a WebSocket's, whose transport ends this deadline.
func limitBody(w http.ResponseWriter, r *http.Request) {
	if r.Body != nil && r.Body != http.NoBody {
		// A writer without deadlines is somebody's who sets none.
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
	}
}
