package socketio

// Revoke makes the clients of a login (session.Peer.Login) that has ended ones
// that cannot come back: what was kept of those that are away is forgotten (see
// Recovery). To end the connections of the others is up to the caller. It may be
// called concurrently and does not block.
func (srv *Server) Revoke(login string) {
	if login == "" || srv.cfg.Recovery == nil {
		return
	}
	for _, k := range srv.keepers() {
		k.revoke(login)
	}
}

// keepers returns those of all namespaces.
func (srv *Server) keepers() []*keeper {
	srv.mu.RLock()
	defer srv.mu.RUnlock()
	all := make([]*keeper, 0, len(srv.namespaces))
	for _, ns := range srv.namespaces {
		all = append(all, ns.keeper)
	}
	return all
}

func (k *keeper) revoke(login string) {
	released := 0
	k.mu.Lock()
	for _, st := range k.stays {
		if st.login != login {
			continue
		}
		st.spoilt = true
		if st.away != nil {
			k.bringBack(st)
			delete(k.stays, st.private)
			released++
		}
	}
	k.mu.Unlock()
	k.release(released)
}
