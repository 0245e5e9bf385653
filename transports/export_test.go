package transports

// Takeovers returns how many connections the engine has taken over.
func (e *Engine) Takeovers() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.takeover)
}
