# Sourced by the scripts beside it: go to the project's root, and make .venv with what a script needs.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.."

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

# environment [EXTRA...]: .venv with Pellucid (editable) and these extras; quick when it has them already.
environment() {
    local python mark extra missing=()
    if ! has_environment; then
        python=$(find_python)
        say "Making .venv with $("$python" --version) ..."
        "$python" -m venv --clear .venv
    fi
    mark="$PWD $(cat pyproject.toml src/pellucid/_version.py | cksum)"
    for extra in base "$@"; do
        [ "$(cat ".venv/.has-$extra" 2>/dev/null)" = "$mark" ] || missing+=("$extra")
    done
    if [ "${#missing[@]}" -gt 0 ]; then
        say "Installing Pellucid into .venv: ${missing[*]} (the first time takes some minutes) ..."
        .venv/bin/python -m pip install -qq --disable-pip-version-check \
            --editable ".$(IFS=,; printf '%s' "${*:+[$*]}")"
        for extra in "${missing[@]}"; do printf '%s\n' "$mark" >".venv/.has-$extra"; done
    fi
    PATH=$PWD/.venv/bin:$PATH
}
