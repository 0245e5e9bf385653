package vt

// setKeyFormat is CSI > Pp ; Pv m, XTMODKEYS. Only resource 4, modifyOtherKeys,
// is known: 1 encodes keys that have no code of their own, 2 all that have a
// modifier.
func (t *Terminal) setKeyFormat() {
	par := &t.parser.par
	if n := par.get(0, 0); n != 4 && par.n > 0 {
		return
	}
	if v := par.get(1, 0); v <= 2 {
		t.keyFormat = v
	}
}

// replyKeyFormat answers CSI ? 4 m, XTQMODKEYS.
func (t *Terminal) replyKeyFormat() {
	if t.parser.par.get(0, 0) == 4 {
		t.replyCSI(">", "m", 4, t.keyFormat)
	}
}
