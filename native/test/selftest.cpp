// Checks the kernels of this machine's instruction set (or PELLUCID_ISA's) against plain loops in
// double, without Python: for machines that are only emulated. Ends with 1 where a number is wrong.
#include "check.h"

int main() {
    using namespace pellucid::test;
    check_products<float>(), check_products<double>();
    check_pictures<float>(), check_pictures<double>();
    check_rows<float>(), check_rows<double>();
    std::printf("%s: %d checks, %d failures\n", pellucid::table().isa, checks, failures);
    return failures == 0 ? 0 : 1;
}
