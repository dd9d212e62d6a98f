// A place where one thread waits: it spins for a while, then sleeps until it is woken.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace pellucid {

class Sleeper {
  public:
    // Wait until ready() is true. It must read with memory_order_seq_cst what others write so
    // before they call wake(): then either it sees that, or they see that this thread is asleep.
    template <class Ready>
    void wait(Ready ready) {
        while (!spin(ready)) sleep(ready);
    }

    void wake() {
        if (!asleep_.load(std::memory_order_seq_cst)) return;
        {
            std::lock_guard<std::mutex> lock(mutex_);
            asleep_.store(false, std::memory_order_relaxed);
        }
        woken_.notify_one();
    }

  private:
    using Clock = std::chrono::steady_clock;

    static void pause() {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("isb");
#endif
    }

    // Sleep until woken, unless ready() is true already. Who wakes too late for the work that there
    // was spins again for what follows: else it would come too late for ever.
    template <class Ready>
    void sleep(Ready ready) {
        std::unique_lock<std::mutex> lock(mutex_);
        asleep_.store(true, std::memory_order_seq_cst);
        if (ready()) asleep_.store(false, std::memory_order_relaxed);
        while (asleep_.load(std::memory_order_relaxed)) woken_.wait(lock);
    }

    // Spin for a bounded time, at first without pity, then offering the CPU to whoever wants it: on
    // a busy machine this is what keeps the pool from losing to a single thread, as measured.
    template <class Ready>
    bool spin(Ready ready) {
        constexpr std::chrono::microseconds SELFISH{5}, PATIENCE{50};
        const Clock::time_point start = Clock::now();
        for (;;) {
            for (int look = 0; look < 16; ++look) {
                if (ready()) return true;
                pause();
            }
            const Clock::duration spent = Clock::now() - start;
            if (spent > PATIENCE) return false;
            if (spent > SELFISH) std::this_thread::yield();
        }
    }

    std::mutex mutex_;
    std::condition_variable woken_;
    std::atomic<bool> asleep_{false};
};

}  // namespace pellucid
