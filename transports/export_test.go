package transports

// Takeovers returns how many connections the engine has taken over.
func (e *Engine) Takeovers() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.takeover)
}

// Bodies returns how many sessions have places for bodies.
func (e *Engine) Bodies() int {
	e.bodies.mu.Lock()
	defer e.bodies.mu.Unlock()
	return len(e.bodies.of)
}
