# server.pl: a server that sends every message back, but for the texts "close",
# on which it closes with 4002 "told to", and "fragments", which it answers in
# several with a ping between. It takes the clients one after the other.

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Peer;

$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
$| = 1;

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16) or die "listen: $@";
print 'listening on ', $listener->sockport, "\n";
while (my $socket = $listener->accept) {
    eval { serve(Peer->accepted($socket)) };
    warn $@ if $@;
    close $socket;
}

sub serve {
    my ($peer) = @_;
    my $closed = 0;
    for (;;) {
        my ($type, @data) = $peer->receive;
        if ($type eq 'close') {
            $peer->part(@data) unless $closed; # the answer
            return;
        }
        return if $type eq 'end';
        if ($type eq 'text' && $data[0] eq 'close') {
            $peer->part(4002, 'told to');
            $closed = 1;
        }
        elsif ($type eq 'text' && $data[0] eq 'fragments' && $peer->{hybi}) {
            $peer->fragments('text', 'in sev', 'eral pie', 'ces');
        }
        elsif ($type eq 'text')   { $peer->text(@data) }
        elsif ($type eq 'binary') { $peer->binary(@data) }
    }
}
