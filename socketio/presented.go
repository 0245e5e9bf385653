package socketio

import (
	"bytes"
	"encoding/json"
)

// presented is what a client says of its earlier stay when it comes back.
type presented struct {
	private string
	offset  *string // of the last event that it has got
}

// privateLen is the length of what session.NewID returns.
const privateLen = 22

// presents takes what the client says of an earlier stay out of its auth, for the
// private id is nobody's business.
func (s *Socket) presents() (was presented) {
	s.auth, was = withoutPresented(s.auth)
	return was
}

// withoutPresented separates what an application put into auth from what the
// client added. A pid that is none of this server's is the application's.
func withoutPresented(auth []byte) ([]byte, presented) {
	var was presented
	if !bytes.Contains(auth, []byte(`"pid"`)) {
		return auth, was
	}
	var all map[string]json.RawMessage
	var private string
	if json.Unmarshal(auth, &all) != nil || json.Unmarshal(all["pid"], &private) != nil || len(private) != privateLen {
		return auth, was
	}
	was.private = private
	if json.Unmarshal(all["offset"], &was.offset) == nil {
		delete(all, "offset")
	}
	delete(all, "pid")
	rest, err := json.Marshal(all)
	if err != nil {
		return nil, was
	}
	return rest, was
}
