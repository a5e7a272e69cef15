# An SMSC on Perl's Net::SMPP; events and commands as tests/running/smsc/smsc.py says.
# It does: binds with a password, throttle, refuse, receipts (normal, double, none), deliver_sm as text or octets.
use strict;
use warnings;
use Encode qw(decode encode);
use IO::Select;
use JSON::PP;
use Net::SMPP;
use POSIX qw(strftime);

use constant { THROTTLED => 0x58, INVALID_PASSWORD => 0x0E, RECEIPT => 0x04, UDH_INDICATOR => 0x40 };

my %BINDS = (1 => 'bind_receiver', 2 => 'bind_transmitter', 9 => 'bind_transceiver');
my %NAMES = (%BINDS, 4 => 'submit_sm', 6 => 'unbind', 0x15 => 'enquire_link', 0x80000005 => 'deliver_sm_resp');
my @SHOWN = qw(service_type source_addr_ton source_addr_npi source_addr dest_addr_ton dest_addr_npi destination_addr
  esm_class protocol_id priority_flag schedule_delivery_time validity_period registered_delivery data_coding system_id
  system_type message_id);
my $json = JSON::PP->new->canonical->latin1;
my %options = (
    system_id => undef, password => undef, throttle => 0, refuse => {}, receipts => 'normal',
    receipt_status => 'DELIVRD', receipt_error => '000', ids => 'decimal', receipt_ids => undef,
    %{ $json->decode($ARGV[0] // '{}') },
);
my $last_id = 0xA7F0000;
my $sessions = 0;
my %bound;    # session number => connection that receives
my %tags;     # "session sequence" => tag of a deliver_sm that waits for its answer

sub tell_event {
    my ($event, %facts) = @_;
    syswrite STDOUT, $json->encode({ event => $event, %facts }) . "\n";
}

sub text_of {
    my ($pdu) = @_;
    my ($octets, @udh) = $pdu->{short_message} // '';
    if ($pdu->{esm_class} & UDH_INDICATOR) {
        my $length = unpack 'C', $octets;
        push @udh, unpack 'H*', substr $octets, 1, $length;
        $octets = substr $octets, 1 + $length;
    }
    my $charset = { 0 => 'gsm0338', 3 => 'latin1', 8 => 'UTF-16BE' }->{ $pdu->{data_coding} };
    return { message => $charset ? decode($charset, $octets) : unpack('H*', $octets), udh => \@udh };
}

sub written {
    my ($id, $form) = @_;
    return $form eq 'hex' ? sprintf('%X', $id) : "$id";
}

sub send_deliver {
    my ($tag, %pdu) = @_;
    my ($number) = sort { $a <=> $b } keys %bound;
    return tell_event('undeliverable', tag => $tag) if !defined $number;
    my $sequence = $bound{$number}->deliver_sm(%pdu, async => 1);
    $tags{"$number $sequence"} = $tag;
}

sub send_receipt {
    my ($submit, $id) = @_;
    my $moment = strftime('%y%m%d%H%M', gmtime);
    send_deliver(
        "receipt:$id",
        source_addr => $submit->{destination_addr}, source_addr_ton => $submit->{dest_addr_ton},
        source_addr_npi => $submit->{dest_addr_npi}, destination_addr => $submit->{source_addr},
        dest_addr_ton => $submit->{source_addr_ton}, dest_addr_npi => $submit->{source_addr_npi},
        esm_class => RECEIPT, data_coding => 0,
        short_message => sprintf('id:%s sub:001 dlvrd:001 submit date:%s done date:%s stat:%s err:%s text:',
            written($id, $options{receipt_ids} // $options{ids}), $moment, $moment,
            @options{qw(receipt_status receipt_error)}),
    );
}

sub take_submit {
    my ($connection, $number, $pdu) = @_;
    my $status = $options{throttle} > 0 ? THROTTLED : $options{refuse}{ $pdu->{destination_addr} } // 0;
    $options{throttle}-- if $options{throttle} > 0;
    my $id = ++$last_id;
    my $message_id = $status ? '' : written($id, $options{ids});
    $connection->submit_sm_resp(seq => $pdu->{seq}, status => $status, message_id => $message_id);
    tell_event('submit_answered', session => $number, sequence => $pdu->{seq}, status => $status,
        message_id => $status ? undef : $message_id);
    return if $status || $options{receipts} eq 'none' || !($pdu->{registered_delivery} & 3);
    send_receipt($pdu, $id) for 1 .. ($options{receipts} eq 'double' ? 2 : 1);
}

sub take_bind {
    my ($connection, $number, $pdu, $name) = @_;
    my $is_known = !grep { defined $options{$_} && $options{$_} ne $pdu->{$_} } qw(system_id password);
    my $status = $is_known ? 0 : INVALID_PASSWORD;
    my $answer = "${name}_resp";
    $connection->$answer(seq => $pdu->{seq}, status => $status, system_id => 'Net-SMPP');
    $bound{$number} = $connection if !$status && $name ne 'bind_transmitter';
    tell_event('bound', session => $number, command => $name, status => $status);
}

sub take {
    my ($connection, $number, $pdu) = @_;
    my $name = $NAMES{ $pdu->{cmd} } // sprintf '0x%08x', $pdu->{cmd};
    my %shown = map { $_ => $pdu->{$_} } grep { defined $pdu->{$_} } @SHOWN;
    $shown{short_message} = text_of($pdu) if $name eq 'submit_sm';
    tell_event('pdu', session => $number, command => $name, sequence_number => $pdu->{seq},
        command_status => $pdu->{status}, %shown);
    return take_bind($connection, $number, $pdu, $name) if $BINDS{ $pdu->{cmd} };
    return take_submit($connection, $number, $pdu) if $name eq 'submit_sm';
    $connection->enquire_link_resp(seq => $pdu->{seq}) if $name eq 'enquire_link';
    $connection->unbind_resp(seq => $pdu->{seq}) if $name eq 'unbind';
    if ($name eq 'deliver_sm_resp') {
        my $tag = delete $tags{"$number $pdu->{seq}"};
        tell_event('answer', tag => $tag, status => $pdu->{status});
    }
}

sub obey {
    my ($order) = @_;
    if ($order->{command} eq 'set') {
        %options = (%options, %{ $order->{options} });
    }
    elsif ($order->{command} eq 'deliver') {
        my %pdu = %{ $order->{pdu} };
        my $charset = { 0 => 'gsm0338', 3 => 'latin1', 8 => 'UTF-16BE' }->{ $pdu{data_coding} };
        $pdu{short_message} = defined $order->{octets} ? pack 'H*', $order->{octets} : encode($charset, $pdu{short_message});
        $pdu{short_message} = pack('H*', $order->{udh}) . $pdu{short_message} if defined $order->{udh};
        send_deliver($order->{tag}, %pdu);
    }
    tell_event('done', command => $order->{command});
}

local $SIG{__WARN__} = sub { };    # Net::SMPP warns of each connection that ends
local $SIG{PIPE} = 'IGNORE';
my $listener = Net::SMPP->new_listen('127.0.0.1', port => $options{port} // 0, smpp_version => 0x34, enquire_interval => 0)
  or die "cannot listen: $!";
my $select = IO::Select->new($listener, \*STDIN);
my (%numbers, $orders);
tell_event('listening', port => $listener->sockport);
while (1) {
    for my $ready ($select->can_read) {
        if ($ready == $listener) {
            my $connection = $listener->accept or next;
            $connection->set_version(0x34);
            $numbers{$connection} = ++$sessions;
            $select->add($connection);
        }
        elsif ($ready == \*STDIN) {
            exit 0 if !sysread STDIN, $orders, 65536, length($orders //= '');
            obey($json->decode($1)) while $orders =~ s/^(.*)\n//;
        }
        elsif (my $pdu = $ready->read_pdu) {
            take($ready, $numbers{$ready}, $pdu);
        }
        else {
            my $number = delete $numbers{$ready};
            delete $bound{$number};
            $select->remove($ready);
            close $ready;
            tell_event('closed', session => $number);
        }
    }
}
