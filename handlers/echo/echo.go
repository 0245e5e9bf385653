package echo

import (
	"errors"

	"github.com/everwire/everwire/session"
)

// Handler sends each message back as it came: the same bytes and the same
// Kind. The zero value is ready and may serve any number of sessions at once.
type Handler struct{}

// Respond sends the message back. While a client does not take its answers, it
// waits. A message that cannot be sent back ends the session, with
// session.Unsupported if the client cannot take its kind.
func (Handler) Respond(s session.Session, m session.Message) error {
	if err := s.Send(s.Context(), m); err != nil {
		// If the session is over already, its own cause stands.
		return &session.CloseError{Code: codeFor(err), Reason: "cannot send the message back", Err: err}
	}
	return nil
}

// ServeSession echoes until the client leaves or the session ends otherwise.
// Sessions of this module call Respond in its place.
func (h Handler) ServeSession(s session.Session) {
	session.ResponderFunc(h.Respond).ServeSession(s)
}

// codeFor tells a client why its message was not echoed.
func codeFor(err error) session.Code {
	if errors.Is(err, session.ErrUnsupported) {
		return session.Unsupported
	}
	return session.InternalError
}
