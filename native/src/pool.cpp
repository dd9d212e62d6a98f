// The pool: workers that live as long as the process, and what a caller shares with them.
//
// The shares of a run lie in up to 64 lots, lot b holding the shares b, b + lots, b + 2 lots, ... A
// bit of `unclaimed` stands for a lot that nobody has taken. Thread t (0 is the caller) takes lot
// t, so that it finds last run's data in its cache, and then helps with any that are left. The
// fields of a run are plain: they are read by whoever has claimed a lot, and not written before all
// lots are finished.
#include "pool.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <system_error>
#include <thread>

#if defined(__unix__) || defined(__APPLE__)
#define PELLUCID_POSIX 1
#include <pthread.h>
#include <signal.h>
#endif

#include "sleeper.h"

namespace pellucid {
namespace {

constexpr int LOTS = 64;
using Bits = std::uint64_t;

struct Crew {
    alignas(64) std::atomic<Bits> unclaimed{0};
    alignas(64) std::atomic<int> unfinished{0};
    alignas(64) std::atomic<bool> busy{false};  // some caller is inside run()
    int shares = 0, lots = 0;
    Pool::Work work = nullptr;
    void* context = nullptr;
    int most = std::min(allowed_cpus(), LOTS) - 1;  // workers
    int workers = 0;
    struct alignas(64) Place : Sleeper {};
    Place places[LOTS];  // where the caller (0) and the workers wait
};

// The crew of this process. It is never destroyed: at the end of the process the workers are asleep
// or spinning in it, and end with the process. A forked child has no workers, and makes a crew of
// its own.
std::atomic<Crew*> current{nullptr};

Crew& crew() {
    Crew* found = current.load(std::memory_order_acquire);
    if (found != nullptr) return *found;
#ifdef PELLUCID_POSIX
    static const int handler = pthread_atfork(
        nullptr, nullptr, [] { current.store(nullptr, std::memory_order_release); });
    static_cast<void>(handler);
#endif
    std::unique_ptr<Crew> fresh(new Crew);
    if (!current.compare_exchange_strong(found, fresh.get(), std::memory_order_acq_rel))
        return *found;
    return *fresh.release();
}

// Claim an unclaimed lot, thread's own if it can be had, or return -1.
int claim(Crew& c, int thread) {
    Bits left = c.unclaimed.load(std::memory_order_relaxed);
    while (left != 0) {
        const int lot = left >> thread & 1 ? thread : 63 - __builtin_clzll(left);
        if (c.unclaimed.compare_exchange_weak(left, left & ~(Bits{1} << lot),
                                              std::memory_order_acq_rel,
                                              std::memory_order_relaxed))
            return lot;
    }
    return -1;
}

void take_part(Crew& c, int thread) {
    for (int lot; (lot = claim(c, thread)) >= 0;) {
        for (int share = lot; share < c.shares; share += c.lots) c.work(c.context, share);
        if (c.unfinished.fetch_sub(1, std::memory_order_seq_cst) == 1 && thread != 0)
            c.places[0].wake();
    }
}

void live(Crew& c, int thread) {
    for (;;) {
        c.places[thread].wait([&c, thread] {
            return (c.unclaimed.load(std::memory_order_seq_cst) >> thread & 1) != 0;
        });
        take_part(c, thread);
    }
}

// Have at least `wanted` workers, or as many as there may be. They take no signals: those are for
// the program's own threads.
void recruit(Crew& c, int wanted) {
    wanted = std::min(wanted, c.most);
    if (c.workers >= wanted) return;
#ifdef PELLUCID_POSIX
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
#endif
    try {
        while (c.workers < wanted) {
            std::thread(live, std::ref(c), c.workers + 1).detach();
            ++c.workers;
        }
    } catch (const std::system_error&) {
        c.most = c.workers;  // the system gives no more
    }
#ifdef PELLUCID_POSIX
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
#endif
}

void run_alone(int shares, Pool::Work work, void* context) {
    for (int share = 0; share < shares; ++share) work(context, share);
}

void run_together(Crew& c, int shares, Pool::Work work, void* context) {
    c.shares = shares;
    c.lots = std::min(shares, LOTS);
    c.work = work;
    c.context = context;
    c.unfinished.store(c.lots, std::memory_order_relaxed);
    c.unclaimed.store(~Bits{0} >> (LOTS - c.lots), std::memory_order_seq_cst);
    for (int thread = 1; thread <= std::min(c.workers, c.lots - 1); ++thread)
        c.places[thread].wake();
    take_part(c, 0);
    c.places[0].wait(
        [&c] { return c.unfinished.load(std::memory_order_seq_cst) == 0; });
}

}  // namespace

Pool& Pool::get() {
    static Pool pool;
    return pool;
}

void Pool::run(int shares, Work work, void* context) {
    if (shares <= 1) return run_alone(shares, work, context);
    Crew& c = crew();
    if (c.busy.exchange(true, std::memory_order_acquire)) return run_alone(shares, work, context);
    recruit(c, shares - 1);
    if (c.workers == 0)
        run_alone(shares, work, context);
    else
        run_together(c, shares, work, context);
    c.busy.store(false, std::memory_order_release);
}

}  // namespace pellucid
