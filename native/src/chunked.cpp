// Convolution and pooling of pictures whose number is fixed: chunk by chunk of LANES, brought into
// lanes and back.
#include <cstring>

#include "kernels.h"

namespace pellucid {

namespace {

// What the call's ints say before those of the inner kernel.
struct Head {
    Int kernel, single, pictures, operands;
    const Int* roles;  // for each operand: its role, and elements a picture
};
enum Role : Int { plain, read, written };

Int padded(Int bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

void chunked(const Call& call, const Frame& frame) {
    const Head head{call.ints[0], call.ints[1], call.ints[2], call.ints[3], call.ints + 4};
    const Kernel* kernels = head.single ? table().f32 : table().f64;
    const Int item = head.single ? 4 : 8;
    const Int heads = 4 + 2 * head.operands;
    // At least one chunk, be it empty: a sum over no pictures is still to be set.
    for (Int first = 0; first == 0 || first < head.pictures; first += LANES) {
        std::byte* bases[8];
        Operand operands[8];
        Int used = 0;
        for (Int k = 0; k < head.operands; ++k) {
            const Int width = head.roles[2 * k + 1];
            operands[k] = {static_cast<std::int32_t>(k), 0, 0};
            bases[k] = frame.bases[call.operands[k].buffer] + call.operands[k].offset * item;
            if (head.roles[2 * k] == plain) continue;
            bases[k] += first * width * item;
            bases[k + head.operands] = frame.scratch + used;
            used += padded(width * LANES * item);
        }
        Frame chunk{bases, nullptr, 0, 0, 0, 1, first == 0, frame.scratch + used,
                    frame.scratch_bytes - used, frame.fault};
        chunk.rows = head.pictures - first < LANES ? head.pictures - first : LANES;
        const auto convert = [&](KernelId kernel, Int k, bool to) {
            const Int width = head.roles[2 * k + 1];
            const Operand rows{static_cast<std::int32_t>(k), 0, width};
            const Operand lanes{static_cast<std::int32_t>(k + head.operands), 0, 0};
            const Operand pair[2] = {to ? rows : lanes, to ? lanes : rows};
            const Int ints[2] = {width, 0};
            const Call inner{static_cast<int>(kernel), pair, 2, ints, 2, nullptr, nullptr, nullptr};
            kernels[inner.kernel](inner, chunk);
        };
        for (Int k = 0; k < head.operands; ++k) {
            if (head.roles[2 * k] == read) convert(KernelId::to_lanes, k, true);
            if (head.roles[2 * k] != plain) {
                operands[k].buffer = static_cast<std::int32_t>(k + head.operands);
            }
        }
        const Call inner{static_cast<int>(head.kernel), operands, static_cast<int>(head.operands),
                         call.ints + heads, call.int_count - static_cast<int>(heads),
                         call.floats, nullptr, nullptr};
        kernels[inner.kernel](inner, chunk);
        for (Int k = 0; k < head.operands; ++k) {
            if (head.roles[2 * k] == written) convert(KernelId::to_rows, k, false);
        }
    }
}

}  // namespace pellucid
