// Which instruction set's kernels this machine takes.
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.h"

// CMakeLists.txt says with PELLUCID_HAS_... which sets were compiled.
namespace pellucid {

namespace baseline {
extern const Table table;
}
namespace avx2 {
extern const Table table;
}
namespace avx512 {
extern const Table table;
}

namespace {

#ifdef PELLUCID_HAS_avx2
bool runs_avx2() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
}
#endif
#ifdef PELLUCID_HAS_avx512
bool runs_avx512() {
    return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

// The tables that were compiled and that this CPU runs, the best last.
std::vector<const Table*> available() {
    std::vector<const Table*> tables = {&baseline::table};
#ifdef PELLUCID_HAS_avx2
    if (runs_avx2()) tables.push_back(&avx2::table);
#endif
#ifdef PELLUCID_HAS_avx512
    if (runs_avx512()) tables.push_back(&avx512::table);
#endif
    return tables;
}

const Table* choose() {
    const std::vector<const Table*> tables = available();
    const char* const asked = std::getenv("PELLUCID_ISA");
    if (asked == nullptr || *asked == '\0') return tables.back();
    std::string names;
    for (const Table* table : tables) {
        if (std::string(asked) == table->isa) return table;
        names += (names.empty() ? "" : ", ") + std::string(table->isa);
    }
    throw std::invalid_argument("The environment variable PELLUCID_ISA expects an instruction set "
                                "that this machine and this build have (" + names + "), got '" +
                                asked + "'. Unset it to take the best.");
}

}  // namespace

std::vector<const char*> compiled_sets() {
    return {"baseline",
#ifdef PELLUCID_HAS_avx2
            "avx2",
#endif
#ifdef PELLUCID_HAS_avx512
            "avx512",
#endif
    };
}

const Table& table() {
    static const Table* const chosen = choose();
    return *chosen;
}

}  // namespace pellucid
