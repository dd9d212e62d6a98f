// Checks the kernels of this machine's instruction set (or PELLUCID_ISA's) against plain loops in
// double, without Python: also for machines that are only emulated. Ends with 1 where a number is
// wrong, with 77 where the set that is asked for cannot be had.
#include <stdexcept>

#include "check.h"

int main() {
    using namespace pellucid::test;
    try {
        pellucid::table();
    } catch (const std::invalid_argument&) {
        return 77;
    }
    check_products<float>(), check_products<double>();
    check_pictures<float>(), check_pictures<double>();
    check_rows<float>(), check_rows<double>();
    std::printf("%s: %d checks, %d failures\n", pellucid::table().isa, checks, failures);
    return failures == 0 ? 0 : 1;
}
