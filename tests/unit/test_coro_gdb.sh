#!/bin/sh
# usage: test_coro_gdb.sh SCRIPT PROGRAM
# The program stops in abort(3); what the gdb script then says of its tasks is compared.
set -u
script=$1
program=$2

if ! command -v gdb >/dev/null 2>&1; then
    echo 'gdb is not installed'
    exit 77
fi
output=$(timeout 60 gdb -nx -batch -ex 'set confirm off' -ex 'set debuginfod enabled off' -ex "source $script" \
    -ex 'handle SIGABRT stop print' -ex run -ex coro-tasks -ex coro-backtrace -ex 'coro-tasks 5' \
    --args "$program" </dev/null 2>&1)
case $output in
*'ptrace: Operation not permitted'* | *'Python scripting is not supported'*)
    echo "$output"
    exit 77
    ;;
esac

status=0
expect()
{
    printf '%s\n' "$output" | grep -Eq -e "$1" && return
    printf 'not found: %s\n' "$1"
    status=1
}

expect '^loop 0x[0-9a-f]+: 3 tasks$'
expect "^  task 'bear' 0x[0-9a-f]+, suspended$"
expect "^  task 'consumer' 0x[0-9a-f]+, suspended$"
expect "^  task 'culprit' 0x[0-9a-f]+, running$"
expect '^    #[0-9]+ +wait_for_spring at .*coro_gdb_subject\.c:[0-9]+$'
expect '^    #[0-9]+ +hibernate at '
expect '^    #[0-9]+ +emit_slowly at '
expect "'5' is no struct coro_loop"
[ $status -eq 0 ] || printf '%s\n' "$output"
exit $status
