# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC3045 # busybox: read -t
#
# Runs in the guest: serves two channels, of which one is scribbled upon, and looks at
# what that costs tfsd. The host says when the rows are stored, and when it is over.
# shellcheck source=tests/tap.sh
. /tap.sh

wait_for() {
	for _ in $(seq 100); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}

# memory NAME: kilobytes of tfsd's, from its status
memory() { sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$server/status"; }

tap_check "the driver is loaded" insmod /modules/tfs_shm_poll.ko
tap_check "the driver made devices" wait_for test -c /dev/tfs-shm-poll1
dmesg >/tmp/before
tfsd -f /etc/tfsd.conf -o device=0,1 2>/out/tfsd.log &
server=$!
tap_check "tfsd made the database" wait_for test -s /out/weather.db
echo "# serving"
read -r -t 80 word
tap_equal "the host says that the rows are stored" "$word" "stored"
rss=$(memory VmRSS) peak=$(memory VmHWM)
read -r -t 60 word
tap_equal "the host says that the firmware has ended" "$word" "stop"
echo "# tfsd: VmRSS $rss kB, then $(memory VmRSS) kB; VmHWM $peak kB, then $(memory VmHWM) kB"
tap_check "tfsd's memory is flat: at most 512 kB more" test "$(memory VmRSS)" -le $((rss + 512))
tap_check "its peak as well" test "$(memory VmHWM)" -le $((peak + 512))
tap_check "tfsd is the one that was started" kill -0 $server
kill -TERM $server
status=0
wait $server || status=$?
tap_equal "tfsd ends cleanly on TERM" $status 0
[ $status -eq 0 ] || tail -n 40 /out/tfsd.log | tap_comment
dmesg >/tmp/after
tap_equal "the kernel has nothing to say" "$(diff /tmp/before /tmp/after)" ""
tap_done
