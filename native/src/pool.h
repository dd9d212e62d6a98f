// The threads that share the work of a stage.
#pragma once

namespace pellucid {

// CPUs this process may use: affinity and cgroup quota taken into account; at least 1.
int allowed_cpus();

class Pool {
  public:
    using Work = void (*)(void* context, int share);

    static Pool& get();

    // Do work(context, share) for each share in 0 .. shares - 1 and return when all are done. The caller
    // takes part. Where the threads are busy with another caller (or this is a forked child without
    // them), the caller does all shares itself, one after the other: the results are the same.
    void run(int shares, Work work, void* context);
};

}  // namespace pellucid
