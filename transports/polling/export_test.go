package polling

// MaxBodies is how many bodies of one session are read at once.
const MaxBodies = maxBodies

// Uploading returns how many sessions have bodies on their way.
func Uploading() int {
	uploads.mu.Lock()
	defer uploads.mu.Unlock()
	return len(uploads.of)
}
