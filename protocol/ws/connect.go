package ws

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Over HTTP/2 a WebSocket is opened by an extended CONNECT (RFC 8441 section 5)
// and becomes a stream of the connection. The frames are those of RFC 6455.
// There is no key: that the server understands the request is proved by its
// SETTINGS, not by a digest.

// isConnect reports whether r is an extended CONNECT for a WebSocket. net/http
// has the pseudo-header field :protocol among the header, under a name that no
// client can send as a field of its own.
func isConnect(r *http.Request) bool {
	protocol := r.Header[":protocol"]
	return r.ProtoMajor == 2 && r.Method == http.MethodConnect &&
		len(protocol) == 1 && strings.EqualFold(protocol[0], "websocket")
}

// acceptConnect checks an extended CONNECT.
func acceptConnect(r *http.Request, set Dialects) (*Request, error) {
	if r.Host == "" {
		return nil, badRequest("the authority is missing")
	}
	version, err := single(r.Header, "Sec-Websocket-Version")
	switch {
	case err != nil:
		return nil, err
	case version != dialects[RFC6455].version:
		return nil, refuseVersion(fmt.Sprintf("version %.20q is not supported over HTTP/2", version), set)
	case !set.Has(RFC6455):
		return nil, refuseVersion("the RFC6455 dialect is switched off", set)
	case r.ContentLength >= 0:
		// The stream is closed already, or a length is announced for it.
		return nil, badRequest("the stream has an end")
	}
	q, extensions, err := acceptFields(r, RFC6455)
	if err != nil {
		return nil, err
	}
	q.Connect, q.Offers = true, deflateOffers(extensions)
	return q, nil
}

// forHTTP2 turns a refusal into one that HTTP/2 has a form for: it has no fields
// that concern the connection, and so no 426, which must come with one of them
// (RFC 9113 section 8.2.2, RFC 9110 section 15.5.22). What version would do is
// still said, if it is the one that can be had there.
func forHTTP2(err *HandshakeError) error {
	if err.Status == http.StatusUpgradeRequired {
		err.Status = http.StatusBadRequest
	}
	delete(err.Header, "Connection")
	delete(err.Header, "Upgrade")
	if err.Header["Allow"] != nil {
		err.Header["Allow"] = []string{http.MethodConnect}
	}
	if v := err.Header["Sec-Websocket-Version"]; len(v) > 0 {
		delete(err.Header, "Sec-Websocket-Version")
		if version := dialects[RFC6455].version; slices.Contains(strings.Split(v[0], ", "), version) {
			err.Header["Sec-Websocket-Version"] = []string{version}
		}
	}
	return err
}

// SetResponse adds the fields of a successful answer to h, for a request whose
// Connect is set. The caller then answers with the status 200 and flushes; the
// response and the body of the request are the two directions of the WebSocket
// from there on. Errors are ErrBadHeader and ErrNotOffered, and ErrUnsupported
// if Connect is not set; h is then as it was.
func (q *Request) SetResponse(h http.Header, a Response) error {
	if !q.Connect {
		return fmt.Errorf("%w: the answer to an upgrade is no header alone", ErrUnsupported)
	}
	if err := q.check(a); err != nil {
		return err
	}
	for name, values := range a.Header {
		h[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if a.Protocol != "" {
		h.Set("Sec-WebSocket-Protocol", a.Protocol)
	}
	if a.Deflate != nil {
		h.Set("Sec-WebSocket-Extensions", string(a.Deflate.appendTo(nil)))
	}
	return nil
}
