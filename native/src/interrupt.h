// Python's lock let go for long native work, and Ctrl-C looked for from within it.
#pragma once

#include <Python.h>

namespace pellucid {

// Remembers which thread is Python's main one, so that it is told from others without the lock; in a
// forked child it is the one that forked.
void know_main_thread();

// Whether a signal (Ctrl-C) raised an exception. Python hands signals to its main thread alone: any
// other is told no, and does not wait for the lock.
bool interrupted();

// Python's lock is free for others as long as this lives.
//
// A daemon thread whose program has ended never gets the lock back: Python ends it there, by
// unwinding its stack, which no C++ destructor or caller may be left by. It waits for the end of the
// process instead, as all such threads do from Python 3.14 on.
class Unlocked {
  public:
    Unlocked() : state_(PyEval_SaveThread()) {}
    ~Unlocked();
    Unlocked(const Unlocked&) = delete;
    Unlocked& operator=(const Unlocked&) = delete;

  private:
    PyThreadState* state_;
};

}  // namespace pellucid
