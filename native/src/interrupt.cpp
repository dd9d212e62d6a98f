#include "interrupt.h"

#include <nanobind/nanobind.h>

#include <atomic>
#include <chrono>
#include <thread>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace nb = nanobind;

namespace pellucid {

namespace {

std::atomic<unsigned long> main_thread{0};

}  // namespace

void know_main_thread() {
    nb::object thread = nb::module_::import_("threading").attr("main_thread")();
    main_thread = nb::cast<unsigned long>(thread.attr("ident"));
#if defined(__unix__) || defined(__APPLE__)
    pthread_atfork(nullptr, nullptr, [] { main_thread = PyThread_get_thread_ident(); });
#endif
}

bool interrupted() {
    if (PyThread_get_thread_ident() != main_thread) return false;
    nb::gil_scoped_acquire hold;
    return PyErr_CheckSignals() != 0;
}

Unlocked::~Unlocked() {
    try {
        PyEval_RestoreThread(state_);
    } catch (...) {  // the unwinding: it has to stop here, and can go nowhere
        for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
    }
}

}  // namespace pellucid
