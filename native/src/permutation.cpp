// The kernel permutation: the places 0 to size - 1, sorted by a random 64-bit number each.
//
// The numbers are evenly spread, so that their leading bits are as good as a sort: each number goes
// into the bucket that these bits name, in the order of its place, and the few in a bucket are then
// sorted by insertion. Both keep the order of equals, as the reference's stable sort does.
#include <stdexcept>

#define PELLUCID_ISA common  // compiled once, with the flags of the module
#include "kernels.h"
#include "kernels/philox.h"

namespace pellucid {
namespace {

using namespace common;
using Number = std::uint64_t;
constexpr Int BUFFER = 512;  // numbers drawn at a time

struct Entry {
    Number number;
    Int place;
};

// The leading bits that a bucket stands for: one or two entries a bucket.
int bucket_bits(Int size) {
    int bits = 0;
    while ((size >> bits) > 1) ++bits;
    return bits;
}

// take(place, number) for each place in turn. Word 2i is the high half of number i.
template <class Take>
void draw_numbers(const Stream& stream, Int size, Take take) {
    alignas(64) std::uint32_t words[2 * BUFFER];
    for (Int at = 0; at < size; at += BUFFER) {
        const Int count = least(BUFFER, size - at);
        draw(stream, at / 2, 2 * count, words);
        for (Int i = 0; i < count; ++i)
            take(at + i, static_cast<Number>(words[2 * i]) << 32 | words[2 * i + 1]);
    }
}

void sort_by_insertion(Entry* begin, Entry* end) {
    for (Entry* next = begin + (begin < end); next < end; ++next) {
        const Entry entry = *next;
        Entry* hole = next;
        for (; hole > begin && hole[-1].number > entry.number; --hole) *hole = hole[-1];
        *hole = entry;
    }
}

}  // namespace

void permutation(const Call& call, const Frame& frame) {
    const Int size = call.ints[1];
    const int bits = bucket_bits(size);
    const Int buckets = Int{1} << bits;
    const Int needed = size * Int{sizeof(Entry)} + (buckets + 1) * Int{sizeof(Int)};
    if (frame.scratch_bytes < needed)
        throw std::logic_error("permutation: the plan reserved too little scratch");
    const Stream stream = stream_of(frame.at<Int>(call, 0), call.ints[0]);
    const auto bucket = [bits](Number number) { return bits ? number >> (64 - bits) : 0; };

    Entry* const entries = reinterpret_cast<Entry*>(frame.scratch);
    Int* const ends = reinterpret_cast<Int*>(entries + size);  // ends[b + 1]: where bucket b ends
    for (Int b = 0; b <= buckets; ++b) ends[b] = 0;
    draw_numbers(stream, size, [&](Int, Number number) { ++ends[bucket(number) + 1]; });
    for (Int b = 0; b < buckets; ++b) ends[b + 1] += ends[b];
    // Now ends[b] is where bucket b begins; filling it moves that to its end.
    draw_numbers(stream, size, [&](Int place, Number number) {
        entries[ends[bucket(number)]++] = {number, place};
    });
    for (Int b = 0; b < buckets; ++b)
        sort_by_insertion(entries + (b ? ends[b - 1] : 0), entries + ends[b]);

    Int* const y = frame.at<Int>(call, 1);
    for (Int i = 0; i < size; ++i) y[i] = entries[i].place;
}

}  // namespace pellucid
