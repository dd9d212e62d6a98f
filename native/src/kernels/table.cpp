// The table of this instruction set's kernels.
#include "../kernels.h"

#define STRING(x) #x
#define NAME(x) STRING(x)

namespace pellucid::PELLUCID_ISA {

extern const Table table;
const Table table = {
    NAME(PELLUCID_ISA),
    {
#define X(name) &name<float>,
        PELLUCID_KERNELS(X)
#undef X
    },
    {
#define X(name) &name<double>,
        PELLUCID_KERNELS(X)
#undef X
    },
};

}  // namespace pellucid::PELLUCID_ISA
