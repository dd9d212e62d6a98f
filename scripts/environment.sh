# Sourced by the scripts beside it: go to the project's root, and make .venv with what a script needs.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.."

unset PYTHONDONTWRITEBYTECODE # where it is set, every process compiles all of Pellucid anew

say() { printf '%s\n' "$*" >&2; }

# The first Python that is new enough; PYTHON=... overrides.
find_python() {
    local name
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$name"
            return
        fi
    done
    say "Pellucid needs Python 3.11 or newer; ${PYTHON:-what this machine calls python3} is not." \
        "Install one, or say where it is: PYTHON=/path/to/python $0"
    return 1
}

# The interpreter of .venv works, and is of the version asked for (where PYTHON asks for one).
has_environment() {
    .venv/bin/python -c 'import pip' 2>/dev/null &&
        [ "$(.venv/bin/python --version)" = "$("${PYTHON:-.venv/bin/python}" --version)" ]
}

# The compiler that CMake would take, in one line; nothing where there is none.
compiler() {
    local name
    for name in ${CXX:-c++ g++ clang++}; do
        if "$name" --version 2>/dev/null | head -n 1; then return; fi
    done
}

# For scripts that test the compiled part: a compiler, from Debian's packages where it is missing and
# this may install them (root, apt-get). Where not, the tests go on without the compiled part.
want_compiler() {
    local headers='import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("include"), "Python.h").stat()'
    if [ -n "$(compiler)" ] && "$(find_python)" -c "$headers" 2>/dev/null; then return; fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "There is no C++ compiler, or no Python.h (g++ and python3-dev on Debian): testing without" \
            "the compiled part."
        return
    fi
    say "Installing a C++ compiler and Python's headers (apt-get) ..."
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq g++ python3-dev; } >&2
}

# For the tests that run exported code: gcc and node, from Debian's packages where they are missing and this
# may install them. Where it may not, those tests are skipped and say why; but in continuous integration,
# as wherever both programs are there, they have to run.
want_programs() {
    local missing=()
    command -v gcc >/dev/null || missing+=(gcc libc6-dev)
    command -v node >/dev/null || missing+=(nodejs)
    if [ "${#missing[@]}" -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing ${missing[*]} (apt-get) ..."
        { apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${missing[@]}"; } >&2
        missing=()
    fi
    if [ "${#missing[@]}" -gt 0 ] && [ -z "${CI:-}" ]; then
        say "There is no ${missing[*]} here: exported code is written by the tests, and not run."
        return
    fi
    export PELLUCID_REQUIRE_PROGRAMS=1
}

# For the tests that open a page in a browser: Chromium, from Debian's packages where there is none and this may
# install it, and the same without windows, which opens a page in a fifth of the time. Where neither can be had, those
# tests are skipped and say why.
want_browser() {
    local name windows=chromium missing=()
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then windows=$name; fi
    done
    for name in "$windows" chromium-headless-shell; do command -v "$name" >/dev/null || missing+=("$name"); done
    if [ "${#missing[@]}" -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing ${missing[*]} (apt-get) ..."
        apt-get update -qq >&2 || true
        for name in "${missing[@]}"; do
            DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$name" >&2 || true
        done
    fi
    for name in "$windows" chromium-headless-shell; do
        if command -v "$name" >/dev/null; then return; fi
    done
    say "There is no browser here: the tests that open a page in one are skipped."
}

# For the types of the studio's pages: TypeScript's checker, by npm into .venv/.node (so after `environment`); Node and
# npm from Debian's packages where they are missing and this may install them. Where it cannot be had, the pages'
# types are not checked, and this says so.
typescript=7.0.2
want_typescript() {
    local missing=() at=.venv/.node name
    for name in node npm; do command -v "$name" >/dev/null || missing+=("$name"); done
    if [ "${#missing[@]}" -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing ${missing[*]/node/nodejs} (apt-get) ..."
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
            "${missing[@]/node/nodejs}"; } >&2 && missing=()
    fi
    if [ "${#missing[@]}" = 0 ] && [ "$(cat "$at/.has" 2>/dev/null)" != "$typescript" ]; then
        say "Fetching TypeScript $typescript (npm) ..."
        rm -rf "$at"
        mkdir -p "$at"
        printf '{"private": true}\n' >"$at/package.json"
        npm install --silent --prefix "$at" --ignore-scripts --no-audit --no-fund --no-package-lock --no-save \
            "typescript@$typescript" >&2 && printf '%s\n' "$typescript" >"$at/.has"
    fi
    if [ -f "$at/.has" ]; then
        PATH=$PWD/$at/node_modules/.bin:$PATH
        return
    fi
    say "There is no TypeScript here (${missing[*]:-npm} cannot bring it): the types of the studio's pages are not checked."
    return 1
}

# with_signs WHAT COMMAND...: run it; where nobody sees its own progress, say every half minute that it goes on.
with_signs() {
    local what=$1 began=$SECONDS beat status=0
    shift
    if [ -t 2 ]; then
        "$@"
        return
    fi
    while sleep 30 </dev/null >/dev/null 2>&1; do say "  still $what ($((SECONDS - began)) s) ..."; done &
    beat=$!
    "$@" || status=$?
    kill "$beat" 2>/dev/null
    wait "$beat" 2>/dev/null || true
    say "  done in $((SECONDS - began)) s."
    return "$status"
}

# install_pellucid EXTRA...: editable. For `dev` the compiler's warnings are errors, and the compiled part
# is not left out where there is a compiler; elsewhere Pellucid does without rather than fail.
install_pellucid() {
    local strict=OFF required=0 quiet=()
    if [ "$(cat .venv/.compiler 2>/dev/null)" != "$(compiler)" ]; then rm -rf build/cp*; fi
    if [[ " $* " == *" dev "* ]]; then
        strict=ON
        if [ -n "$(compiler)" ]; then required=1; fi
    fi
    say "  fetching the packages that it needs, then$(
        [ -n "$(compiler)" ] && printf ' compiling its C++ part: a minute, or a few on a busy machine,'
    ) installing ..."
    if [ ! -t 2 ]; then quiet=(-qq); fi # pip shows its progress to a terminal
    CMAKE_ARGS="${CMAKE_ARGS:-} -DPELLUCID_STRICT=$strict -DPELLUCID_SELFTEST=$strict" \
        PELLUCID_REQUIRE_NATIVE=$required \
        with_signs "installing" .venv/bin/python -m pip install ${quiet[@]+"${quiet[@]}"} --disable-pip-version-check \
        --editable ".$(IFS=,; printf '%s' "${*:+[$*]}")" >&2
    compiler >.venv/.compiler
    if ! .venv/bin/python -c 'import pellucid._native' 2>/dev/null; then
        say "Pellucid computes with NumPy here, for want of a C++ compiler (GCC 12 or newer, or Clang) and" \
            "Python's headers: training takes several times as long."
    fi
}

# What the compiled part is made of and by, and whether warnings were errors.
native_mark() {
    printf '%s %s %s\n' "$(find native pyproject.toml -type f -print0 | LC_ALL=C sort -z |
        xargs -0 cat | cksum)" "$(compiler)" "$1"
}

# environment [EXTRA...]: .venv with Pellucid (editable) and these extras; quick when it has them already.
environment() {
    local python mark strict=plain native extra missing=()
    if ! has_environment; then
        python=$(find_python)
        say "Making .venv with $("$python" --version) ..."
        "$python" -m venv --clear .venv
    fi
    mark="$PWD $(cat pyproject.toml src/pellucid/_version.py | cksum)"
    for extra in base "$@"; do
        [ "$(cat ".venv/.has-$extra" 2>/dev/null)" = "$mark" ] || missing+=("$extra")
    done
    if [[ " $* " == *" dev "* ]]; then strict=strict; fi
    native=$(cat .venv/.has-native 2>/dev/null || true)
    if [ "$native" != "$(native_mark strict)" ] && [ "$native" != "$(native_mark "$strict")" ]; then
        missing+=("the compiled part")
    fi
    if [ "${#missing[@]}" -gt 0 ]; then
        say "Installing Pellucid into .venv: $(printf '%s, ' "${missing[@]}" | sed 's/, $//')" \
            "(the first time takes some minutes) ..."
        install_pellucid "$@"
        for extra in base "$@"; do printf '%s\n' "$mark" >".venv/.has-$extra"; done
        native_mark "$strict" >.venv/.has-native
    fi
    PATH=$PWD/.venv/bin:$PATH
}

# beside NAME [OPTION...]: build/NAME, an environment with a Pellucid of its own (installed, not editable,
# with these options of pip), and all other packages shared with .venv.
beside() {
    local at=build/$1 shared
    shared=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    .venv/bin/python -m venv --clear --without-pip "$at"
    printf '%s\n' "$shared" >"$("$at/bin/python" -c \
        'import sysconfig; print(sysconfig.get_path("purelib"))')/shared.pth"
    .venv/bin/python -m pip --python "$at/bin/python" install -qq --disable-pip-version-check \
        --no-deps --ignore-installed --config-settings "build-dir=build/$1-objects" "${@:2}" .
}
