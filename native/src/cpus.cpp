// How many CPUs this process may use.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

#include "pool.h"

namespace pellucid {
namespace {

#ifdef __linux__

// CPUs in this process's affinity mask; 0 where it cannot be read.
int affine_cpus() {
    for (int most = 1024; most <= 1 << 20; most *= 2) {
        cpu_set_t* const set = CPU_ALLOC(most);
        if (set == nullptr) return 0;
        const bool read = sched_getaffinity(0, CPU_ALLOC_SIZE(most), set) == 0;
        const int count = read ? CPU_COUNT_S(CPU_ALLOC_SIZE(most), set) : 0;
        CPU_FREE(set);
        if (read) return count;
    }
    return 0;
}

// Quota / period as CPUs, rounded up, of a cgroup's directory; `none` where it sets no limit.
double version2_quota(const std::string& directory, double none) {
    std::ifstream file(directory + "/cpu.max");  // "max 100000" or "150000 100000"
    double quota = 0, period = 0;
    return file >> quota >> period && quota > 0 && period > 0 ? std::ceil(quota / period) : none;
}
double version1_quota(const std::string& directory, double none) {
    std::ifstream quota_file(directory + "/cpu.cfs_quota_us");  // -1: no limit
    std::ifstream period_file(directory + "/cpu.cfs_period_us");
    double quota = 0, period = 0;
    return quota_file >> quota && period_file >> period && quota > 0 && period > 0
               ? std::ceil(quota / period)
               : none;
}

// The least quota of a group and of those that it is in, up to the root.
template <class Quota>
double least_quota(const std::string& root, std::string path, double none, Quota quota) {
    double least = none;
    for (;;) {
        least = std::min(least, quota(root + path, none));
        const std::size_t slash = path.rfind('/');
        if (slash == std::string::npos) return least;
        path.resize(slash);
    }
}

// The least quota of this process's control groups, `none` if there is no limit. Lines of
// /proc/self/cgroup are "number:controllers:path"; version 2 has no controllers.
double quota_cpus(double none) {
    std::ifstream groups("/proc/self/cgroup");
    double least = none;
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string path = line.substr(second + 1);
        const std::string names = line.substr(first + 1, second - first - 1);
        if (names.empty())
            for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"})
                least = std::min(least, least_quota(root, path, none, version2_quota));
        std::istringstream list(names);
        for (std::string name; std::getline(list, name, ',');) {
            if (name != "cpu") continue;
            for (const std::string& mount : {name, names})
                least = std::min(least, least_quota("/sys/fs/cgroup/" + mount, path, none,
                                                    version1_quota));
        }
    }
    return least;
}

#endif

}  // namespace

int allowed_cpus() {
    int cpus = 0;
#ifdef __linux__
    cpus = affine_cpus();
#endif
    if (cpus < 1) cpus = static_cast<int>(std::thread::hardware_concurrency());
#ifdef __linux__
    static const double quota = quota_cpus(1 << 20);  // reading it takes some 100 us
    cpus = static_cast<int>(std::min<double>(cpus, quota));
#endif
    return std::max(cpus, 1);
}

}  // namespace pellucid
