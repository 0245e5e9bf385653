package admin

// MaxEvents is how many events may wait to be shown.
const MaxEvents = maxEvents

// MaxBytes is how large they may be together.
const MaxBytes = maxBytes

// Dropped is how many notices were left out.
func (ui *UI) Dropped() int {
	ui.queue.mu.Lock()
	defer ui.queue.mu.Unlock()
	return ui.queue.dropped
}

// Watched is how many sockets and connections are known.
func (ui *UI) Watched() (sockets, connections int) {
	ui.mu.Lock()
	defer ui.mu.Unlock()
	return len(ui.sockets), len(ui.clients)
}

// Namespaces is how many namespaces are watched, and hooks how many listeners
// are kept for them.
func (ui *UI) Namespaces() (namespaces, hooks int) {
	ui.mu.Lock()
	defer ui.mu.Unlock()
	for _, w := range ui.namespaces {
		hooks += len(w.stops)
	}
	return len(ui.namespaces), hooks
}
