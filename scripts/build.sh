# shellcheck shell=sh
# Sourced by bench/run and tests/run, with $root set: build folders that are made once and then reused.

# build FOLDER OPTION...: sets the folder up where it is not, brings it up to date, and builds it.
# Meson keeps what a library looked like when it was first looked for, so a folder from before the
# last installation is configured anew.
build()
{
    folder=$1
    shift
    build_targets "$folder" '' "$@"
}

# build_targets FOLDER TARGETS OPTION...: the same, but builds only these (a text of names).
build_targets()
{
    folder=$root/$1
    names=$2
    shift 2
    if [ ! -f "$folder/build.ninja" ]; then
        # A set-up that was cut short leaves a folder that Meson only takes with --wipe.
        if [ -d "$folder/meson-private" ]; then set -- --wipe "$@"; fi
        meson setup "$folder" "$root" "$@" || return 1
    elif [ "$root/build-setup/installed" -nt "$folder/build.ninja" ]; then
        meson setup --reconfigure "$folder" "$root" || return 1
    fi
    # shellcheck disable=SC2086 # a list of names, or none
    meson compile -C "$folder" $names
}
