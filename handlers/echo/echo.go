package echo

import (
	"errors"

	"github.com/everwire/everwire/session"
)

// Handler sends each message back as it came: the same bytes and the same
// Kind. The zero value is ready and may serve any number of sessions at once.
type Handler struct{}

// ServeSession echoes until the client leaves or the session ends otherwise.
// It blocks for that long and no longer: waiting for a slow client ends with
// the session. A message that cannot be sent back ends the session, with
// session.Unsupported if the client cannot take its kind.
func (Handler) ServeSession(s session.Session) {
	ctx := s.Context()
	for {
		m, err := s.Receive(ctx)
		if err != nil {
			return
		}
		if err := s.Send(ctx, m); err != nil {
			// The first Close counts: if the session is over already, its
			// cause stands and this call changes nothing.
			_ = s.Close(codeFor(err), "cannot send the message back")
			return
		}
	}
}

// codeFor tells a client why its message was not echoed.
func codeFor(err error) session.Code {
	if errors.Is(err, session.ErrUnsupported) {
		return session.Unsupported
	}
	return session.InternalError
}
