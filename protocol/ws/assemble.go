package ws

// message is the data message that a decoder is assembling, whatever the
// dialect cuts it into.
type message struct {
	t          Type // None between messages
	compressed bool
	start      int64 // offset of its first frame
	check      utf8Check
	size       int64   // payload bytes of all frames begun so far
	most       int64   // what size can still become
	charge     int64   // see fragmentCost
	buf        *buffer // what has arrived, unless it is still in one piece
}

// announce accounts for a frame of the current message before its payload is
// read. It is called with the declared length, so nothing is ever allocated
// for a message over the limit. A frame that is not first and last in one is a
// fragment.
func (d *Decoder) announce(length uint64, first, last bool) error {
	m := &d.message
	limit := d.max
	if m.compressed {
		limit = compressedLimit(d.max)
	}
	if length > uint64(limit-m.size) {
		return d.fail(CodeTooBig, "message over the limit")
	}
	m.size += int64(length)
	if m.most = limit; last {
		m.most = m.size
	}
	if !first || !last {
		m.charge += fragmentCost
		if m.charge > max(d.max, minFragmentBudget) {
			return d.fail(CodePolicyViolation, "too many fragments")
		}
	}
	return nil
}

// collect takes the next bytes of the current message, unmasked. With last it
// returns the message's event and leaves the decoder between messages.
func (d *Decoder) collect(chunk []byte, last bool) (Event, error) {
	m := &d.message
	if m.t == Text && !m.compressed && !m.check.write(chunk) {
		return Event{}, d.fail(CodeInvalidPayload, "text is not UTF-8")
	}
	whole := last && m.buf == nil
	if !whole && len(chunk) > 0 {
		m.buf = appendTo(m.buf, chunk, int(m.most))
	}
	if !last {
		return Event{}, nil
	}
	if !m.check.complete() {
		return Event{}, d.fail(CodeInvalidPayload, "text ends inside a rune")
	}
	ev := Event{Type: m.t, Data: chunk, Compressed: m.compressed}
	if !whole {
		ev.Data = m.buf.b
		d.lent = m.buf
	}
	*m = message{}
	if !ev.Compressed {
		return ev, nil
	}
	out, err := d.inflateMessage(ev.Data, ev.Type == Text)
	d.lent.free()
	d.lent = out
	if err != nil {
		return Event{}, err
	}
	ev.Data = out.b
	return ev, nil
}
