package vt

// maxCluster is the longest text of a cell in bytes: sixteen characters of four
// bytes. What comes after it in a cell is dropped. The longest emoji that
// Unicode recommends has ten characters.
const maxCluster = 64

// A cluster is a place in the arena of a clusterTable.
type cluster struct {
	off uint32
	n   uint8
}

// A clusterTable gives each text of several characters that a cell shows a
// number. It is swept like a styleTable.
type clusterTable struct {
	list  []cluster
	free  []uint32
	hash  []uint32 // number+1 of a cluster, 0 is a free place
	arena []byte
	spare []byte   // the arena before the last sweep
	used  []uint64 // one bit per number, for a sweep

	// What has lately been joined: the content of a cell and a character, as
	// one number, and the content that came out.
	joined [64]struct{ key, out cell }
}

const minClusters = 32

// at returns the text of a cluster.
func (ct *clusterTable) at(n uint32) []byte {
	c := ct.list[n]
	return ct.arena[c.off : c.off+uint32(c.n)]
}

// reset empties the table.
func (ct *clusterTable) reset() {
	ct.list, ct.free, ct.arena = ct.list[:0], ct.free[:0], ct.arena[:0]
	clear(ct.hash)
	clear(ct.joined[:])
}

// textHash is FNV-1a.
func textHash(text []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range text {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}

// find returns the number of a text, else the place in the hash table where it
// belongs.
func (ct *clusterTable) find(text []byte) (n, place uint32, ok bool) {
	mask := uint32(len(ct.hash) - 1)
	for place = textHash(text) & mask; ; place = (place + 1) & mask {
		n = ct.hash[place]
		if n == 0 {
			return 0, place, false
		}
		if string(ct.at(n-1)) == string(text) {
			return n - 1, place, true
		}
	}
}

// add returns the number of a text of at most maxCluster bytes. It reports false
// if the table is full.
func (ct *clusterTable) add(text []byte) (uint32, bool) {
	if len(ct.hash) == 0 {
		ct.list = make([]cluster, 0, minClusters)
		ct.hash = make([]uint32, 2*minClusters)
		ct.arena = make([]byte, 0, 8*minClusters)
	}
	n, place, ok := ct.find(text)
	if ok {
		return n, true
	}
	if len(ct.arena)+len(text) > cap(ct.arena) {
		return 0, false
	}
	c := cluster{uint32(len(ct.arena)), uint8(len(text))}
	switch {
	case len(ct.free) > 0:
		n = ct.free[len(ct.free)-1]
		ct.free = ct.free[:len(ct.free)-1]
		ct.list[n] = c
	case len(ct.list) < cap(ct.list):
		n = uint32(len(ct.list))
		ct.list = append(ct.list, c)
	default:
		return 0, false
	}
	ct.arena = append(ct.arena, text...)
	ct.hash[place] = n + 1
	return n, true
}

// startSweep prepares for calls of mark.
func (ct *clusterTable) startSweep() {
	words := (cap(ct.list) + 63) / 64
	if cap(ct.used) < words {
		ct.used = make([]uint64, words)
	}
	ct.used = ct.used[:words]
	clear(ct.used)
}

// mark keeps the clusters of some cells.
func (ct *clusterTable) mark(cells []cell) {
	for _, c := range cells {
		if c&cellCluster != 0 {
			n := c.index()
			ct.used[n/64] |= 1 << (n % 64)
		}
	}
}

// endSweep forgets what was not marked, moves the rest together, and grows the
// table if it is still half full.
func (ct *clusterTable) endSweep() {
	clear(ct.joined[:])
	live, bytes := 0, 0
	ct.free = ct.free[:0]
	for n := len(ct.list) - 1; n >= 0; n-- {
		if ct.used[n/64]&(1<<(n%64)) != 0 {
			live++
			bytes += int(ct.list[n].n)
		} else {
			ct.free = append(ct.free, uint32(n))
		}
	}
	if live > cap(ct.list)/2 {
		list := make([]cluster, len(ct.list), 2*cap(ct.list))
		copy(list, ct.list)
		ct.list = list
		ct.hash = make([]uint32, 2*cap(list))
	} else {
		clear(ct.hash)
	}
	size := cap(ct.arena)
	for bytes+maxCluster > size/2 {
		size *= 2
	}
	if cap(ct.spare) < size {
		ct.spare = make([]byte, 0, size)
	}
	old := ct.arena
	ct.arena = ct.spare[:0]
	for n, c := range ct.list {
		if ct.used[n/64]&(1<<(n%64)) == 0 {
			ct.list[n] = cluster{}
			continue
		}
		text := old[c.off : c.off+uint32(c.n)]
		ct.list[n].off = uint32(len(ct.arena))
		ct.arena = append(ct.arena, text...)
		_, place, _ := ct.find(text)
		ct.hash[place] = uint32(n) + 1
	}
	ct.spare = old[:0]
}

// clusterCell returns the content of a cell that shows text. Text of more than
// maxCluster bytes must not be passed.
func (t *Terminal) clusterCell(text []byte) cell {
	n, ok := t.clusters.add(text)
	if !ok {
		t.clusters.startSweep()
		t.clusters.mark(t.main.cells)
		t.clusters.mark(t.alt.cells)
		t.clusters.endSweep()
		n, _ = t.clusters.add(text)
	}
	return cellCluster | cell(n)
}
