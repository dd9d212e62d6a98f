// Looking for Ctrl-C from long native work.
#pragma once

namespace pellucid {

// Whether a signal (Ctrl-C) raised an exception; takes Python's lock. Only ever true in Python's main
// thread. In module.cpp.
bool interrupted();

}  // namespace pellucid
