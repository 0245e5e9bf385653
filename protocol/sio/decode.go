package sio

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// DecodePacket decodes the text of one packet and checks all of it, but for
// placeholders, which are a Decoder's business. The packet's Data borrows text
// and must not be used after text is changed. Trailing white space belongs to
// Data. All errors wrap ErrProtocol.
//
// An event or ack without any data ("2") is accepted, as in the reference;
// its Data is empty. It allocates for a namespace other than "/" only.
func DecodePacket(text []byte, lim Limits) (Packet, error) {
	return decode(text, lim.withDefaults(), "", V5)
}

// decode is DecodePacket with all limits set. If the packet's namespace is
// known, that string is used instead of a new one.
func decode(text []byte, lim Limits, known string, d Dialect) (Packet, error) {
	if len(text) == 0 {
		return Packet{}, fmt.Errorf("%w: empty packet", ErrType)
	}
	p := Packet{Type: Type(text[0] - '0'), Namespace: "/"}
	if p.Type > BinaryAck {
		return Packet{}, fmt.Errorf("%w: %q", ErrType, text[0])
	}
	rest := text[1:]
	var err error
	if p.Type.IsBinary() {
		if p.Attachments, rest, err = decodeCount(rest, lim.MaxAttachments); err != nil {
			return Packet{}, err
		}
		if p.Attachments == 0 {
			if p.Type, err = d.withoutAttachments(p.Type); err != nil {
				return Packet{}, err
			}
		}
	}
	if len(rest) > 0 && rest[0] == '/' {
		if rest, err = p.decodeNamespace(rest, lim.MaxNamespace, known); err != nil {
			return Packet{}, err
		}
	}
	if rest, err = p.decodeID(rest); err != nil {
		return Packet{}, err
	}
	if len(rest) == 0 {
		return p, nil
	}
	p.Data = rest[:len(rest):len(rest)]
	if err := checkData(p.Type, p.Data, d); err != nil {
		return Packet{}, err
	}
	return p, nil
}

// decodeCount reads the number of attachments and the dash behind it.
func decodeCount(b []byte, max int) (n int, rest []byte, err error) {
	i := 0
	for ; i < len(b) && isDigit(b[i]); i++ {
		// Once above the limit the value no longer matters.
		if n <= max {
			n = n*10 + int(b[i]-'0')
		}
	}
	switch {
	case i == 0 || i == len(b) || b[i] != '-':
		return 0, nil, ErrAttachmentCount
	case n > max:
		return 0, nil, ErrTooManyAttachments
	}
	return n, b[i+1:], nil
}

// decodeNamespace reads a namespace, which b begins with, up to its comma. If
// nothing follows the namespace there need not be one.
func (p *Packet) decodeNamespace(b []byte, max int, known string) (rest []byte, err error) {
	name, rest, _ := bytes.Cut(b, []byte{','})
	name, query, _ := bytes.Cut(name, []byte{'?'})
	switch {
	case len(name) > max:
		return nil, fmt.Errorf("%w: %d bytes", ErrNamespace, len(name))
	case !validName(name) || !validName(query):
		return nil, ErrNamespace
	}
	switch {
	case len(name) == 1: // "/", which is set already
	case string(name) == known:
		p.Namespace = known
	default:
		p.Namespace = string(name)
	}
	if len(query) > 0 {
		p.Query = string(query)
	}
	return rest, nil
}

// validName reports whether s can stand as or in a namespace: UTF-8 without
// commas, which end it, and control characters, which have no business in a
// name and one of which separates the packets of a payload.
func validName[S []byte | string](s S) bool {
	ascii := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == ',' || c < ' ' || c == 0x7f {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(string(s))
}

// decodeID reads the ack id if there is one.
func (p *Packet) decodeID(b []byte) (rest []byte, err error) {
	i := 0
	for ; i < len(b) && isDigit(b[i]); i++ {
		if p.ID = p.ID*10 + uint64(b[i]-'0'); p.ID > MaxID {
			return nil, ErrID
		}
	}
	p.HasID = i > 0
	return b[i:], nil
}

// checkData checks that data is one JSON value of the kind that t asks for. It
// begins with the value: white space would be taken for an ack id of 0 by the
// reference.
func checkData(t Type, data []byte, d Dialect) error {
	if !d.validStart(t, data[0]) {
		return fmt.Errorf("%w: data of %v begins with %q", ErrPayload, t, data[0])
	}
	s := scanner{data: data, depth: MaxDepth}
	if data[0] != '[' {
		return s.whole()
	}
	var el element
	n := 0
	for s.next(&el) {
		if n++; n > MaxArguments {
			return ErrTooManyArguments
		}
		if n == 1 && (t == Event || t == BinaryEvent) {
			name, err := EventName(data[el.start:el.end])
			if err != nil {
				return err
			}
			if IsReserved(name) {
				return fmt.Errorf("%w: %s", ErrReservedName, name)
			}
		}
	}
	if s.err == nil && n == 0 && (t == Event || t == BinaryEvent) {
		return fmt.Errorf("%w: none", ErrEventName)
	}
	return s.err
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
