#!/bin/sh
# usage: check_readme.sh SOURCE_ROOT BUILD_ROOT PREFIX
# examples/README.md names each example. The first program of lib/coro/README.md is an example as a user
# of the installed library would write it, and the commands given there build it: they are run on what
# this build installs.
set -u
source=$1
build=$2
prefix=$3
readme=$source/lib/coro/README.md
example=$source/examples/02_run_to_completion.c

status=0
for file in "$source"/examples/[0-9]*.c; do
    name=$(basename "$file" .c)
    grep -Fq "| [$name]($name.c) |" "$source/examples/README.md" && continue
    echo "examples/README.md does not tell what $name teaches"
    status=1
done
for file in $(grep -o '([a-z0-9_]*\.c)' "$source/examples/README.md" | tr -d '()' | sort -u); do
    [ -f "$source/examples/$file" ] && continue
    echo "examples/README.md names $file, which does not exist"
    status=1
done
[ $status -eq 0 ] || exit 1

for tool in meson pkg-config cc; do
    command -v "$tool" >/dev/null 2>&1 && continue
    echo "$tool is not installed"
    exit 77
done
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

fail()
{
    printf '%s\n' "$*"
    exit 1
}

# block LANGUAGE: the first block of that language.
block()
{
    awk -v start="\`\`\`$1" '$0 == "```" && inside { exit } inside { print } $0 == start { inside = 1 }' "$readme"
}

block c >"$folder/first.c"
sed 's|"lib/coro/\([a-z_]*\.h\)"|<coro/\1>|' "$example" | diff - "$folder/first.c" ||
    fail "the program in $readme is not $example"
for engine in uv event; do
    sed "s/engine_poll/engine_$engine/; s/\"epoll\"/NULL/" "$folder/first.c" >"$folder/first_on_$engine.c"
done

DESTDIR=$folder/installed meson install -C "$build" --no-rebuild --quiet >"$folder/log" 2>&1 ||
    fail "$(cat "$folder/log")"
prefix=$folder/installed$prefix
find "$prefix" -name '*.pc' -exec sed -i "s|^prefix=.*|prefix=$prefix|" {} +
described=$(dirname "$(find "$prefix" -name coro.pc)")
export PKG_CONFIG_PATH="$described"
LD_LIBRARY_PATH=$(pkg-config --variable=libdir coro)
export LD_LIBRARY_PATH

cd "$folder" || exit 1
block sh | grep '^cc ' >commands
[ -s commands ] || fail "no commands in $readme"
built=0
while read -r command; do
    case $command in
    *coro-uv*) engine=coro-uv ;;
    *coro-event*) engine=coro-event ;;
    *) engine=coro ;;
    esac
    pkg-config --exists "$engine" || continue
    rm -f first
    sh -c "$command" || fail "failed: $command"
    [ "$(./first | tr '\n' ' ')" = 'hello world 2 words ' ] || fail "prints something else: $command"
    case $command in
    *-Bstatic*)
        ! readelf -d first | grep -q 'libcoro' || fail "not static: $command"
        ;;
    esac
    echo "works: $command"
    built=$((built + 1))
done <commands
[ "$built" -ge 2 ] || fail "only $built of the commands could be tried"
