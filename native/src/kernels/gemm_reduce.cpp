// c = a^T g summed over the rows of a batch: the gradient of a weight.
#include "../kernels.h"
#include "reduction.h"

namespace pellucid::PELLUCID_ISA {

namespace {

// Rows of c that are done together: their part of a, packed, stays in the cache while g goes by. A
// panel for `after` holds as many as about PANEL_BYTES take, and at least LEAST_ROWS.
constexpr Int BLOCK_ROWS = 4 * TILE_ROWS, LEAST_ROWS = 2 * TILE_ROWS, PANEL_BYTES = 16 << 10;
// Rows of the batch whose g is packed at once where no `after` needs whole sums.
constexpr Int BATCH_ROWS = 1024;

// Numbers that a packed takes, or what a turned product takes.
template <class T>
constexpr Int PACKED_A = most<Int>(BLOCK_ROWS * PACK_TERMS, TURNED_TERMS * WIDEST * WIDTH<T>);

constexpr Int whole_tiles(Int rows) {
    return (rows + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
}
template <class T>
Int panel_rows(Int n, Int k) {
    const Int fit = PANEL_BYTES / (n * static_cast<Int>(sizeof(T))) / TILE_ROWS * TILE_ROWS;
    return least(whole_tiles(k), most(LEAST_ROWS, fit));
}

// g's rows [first, first + count), panel by panel, each panel as wide as its tiles.
template <class T>
void pack_g(const Reduction<T>& x, Int first, Int count, T* to) {
    for (Int p = 0; p < count; p += PACK_TERMS) {
        const Int terms = least(PACK_TERMS, count - p);
        for (Int j = 0; j < x.n; j += TILE_COLS<T>) {
            const Int cols = least(TILE_COLS<T>, x.n - j), width = whole_vectors<T>(cols);
            for (Int r = 0; r < terms; ++r, to += width) {
                pack_columns<T>({x.g.row(first + p + r) + j, 0, 1}, 1, cols, to, width);
            }
        }
    }
}

// Columns [i, i + count) of a's rows, TILE_ROWS side by side.
template <class T>
void pack_a(const Reduction<T>& x, Int first, Int terms, Int i, Int count, T* to) {
    const Int full = count / TILE_ROWS * TILE_ROWS, rest = count - full;
    for (Int p = 0; p < terms; ++p) {
        const T* from = x.a.row(first + p) + i;
        T* at = to + p * TILE_ROWS;
        for (Int q = 0; q < full; q += TILE_ROWS) {
            std::memcpy(at, from + q, TILE_ROWS * sizeof(T));
            at += terms * TILE_ROWS;
        }
        for (Int q = 0; q < rest; ++q) at[q] = from[full + q];
        // The rows are far apart: ask for their next columns while these are worked on.
        __builtin_prefetch(from + BLOCK_ROWS);
        __builtin_prefetch(from + 2 * BLOCK_ROWS - 1);
    }
}

// Add the terms of rows [first, first + terms) to the panel's rows [i, i + count) of c.
template <class T>
void run_panels(const Reduction<T>& x, const T* a, const T* g, Int terms, Int count, T* c,
                bool fresh) {
    Tile<T> t;
    t.terms = terms;
    t.a_step = TILE_ROWS;
    t.start_step = t.c_step = x.n;
    for (Int j = 0; j < x.n; j += TILE_COLS<T>) {
        const Int cols = least(TILE_COLS<T>, x.n - j);
        t.b = g;
        t.b_step = whole_vectors<T>(cols);
        const Int vectors = set_columns(t, cols, terms * t.b_step);
        g += terms * t.b_step;
        for (Int i = 0; i < count; i += TILE_ROWS) {
            const Int rows = least<Int>(TILE_ROWS, count - i);
            t.a[0] = a + i * terms;
            t.c = c + i * x.n + j;
            t.start = fresh ? nullptr : t.c;
            TILES<BY_COLUMNS, T>[rows - 1][vectors - 1](t);
        }
    }
}

// Rows [i, i + count) of c from the batch's rows [first, end), whose g is packed at `g`.
template <class T>
void packed_rows(const Reduction<T>& x, const T* g, T* a, Int first, Int end, Int i, Int count,
                 T* c) {
    const Int stride = whole_vectors<T>(x.n);
    for (Int p = first; p < end; p += PACK_TERMS) {
        const Int terms = least(PACK_TERMS, end - p);
        for (Int q = 0; q < count; q += BLOCK_ROWS) {
            const Int some = least(BLOCK_ROWS, count - q);
            pack_a(x, p, terms, i + q, some, a);
            run_panels(x, a, g, terms, some, c + q * x.n, x.fresh && p == 0);
        }
        g += terms * stride;
    }
}

template <class T>
bool packs(const Reduction<T>& x) {
    if (x.rows == 0 || is_turned(x)) return false;
    if (x.g.frame) return true;
    return x.n >= 2 * TILE_COLS<T> && x.rows * x.k * static_cast<Int>(sizeof(T)) > 16 << 10;
}

// Scratch, in this order: g packed, then a packed, then the panel, then what the chain takes.
template <class T>
struct Room {
    T *g, *a, *rest;
};
template <class T>
Room<T> divide(const Frame& frame, Int packed_g) {
    T* g = reinterpret_cast<T*>(frame.scratch);
    constexpr Int LINE = 64 / sizeof(T);
    T* a = g + (packed_g + LINE - 1) / LINE * LINE;
    return {g, a, a + PACKED_A<T>};
}

// All rows of c in `range`, added to c in memory.
template <class T>
void reduce_whole(const Reduction<T>& x, const Frame& frame, Range range, T* c) {
    const Int count = range.end - range.begin, batch = least(BATCH_ROWS, x.rows);
    const bool packed = packs(x);
    const Room<T> room = divide<T>(frame, packed ? batch * whole_vectors<T>(x.n) : 0);
    if (!packed) return unpacked_rows(x, room.a, range.begin, count, c);
    for (Int p = 0; p < x.rows; p += batch) {
        const Int end = least(x.rows, p + batch);
        pack_g(x, p, end - p, room.g);
        packed_rows(x, room.g, room.a, p, end, range.begin, count, c);
    }
}

// The same panel by panel, each given to the chain `after`.
template <class T>
void reduce_panels(const Reduction<T>& x, const Frame& frame, Range range, const Call& after) {
    const bool packed = packs(x);
    const Room<T> room = divide<T>(frame, packed ? x.rows * whole_vectors<T>(x.n) : 0);
    const Int panel = panel_rows<T>(x.n, x.k);
    T* c = room.rest;
    Frame inner = frame;
    const Int taken = reinterpret_cast<std::byte*>(c + panel * x.n) - frame.scratch;
    inner.scratch += (taken + 63) / 64 * 64;
    inner.scratch_bytes -= (taken + 63) / 64 * 64;
    if (packed) pack_g(x, 0, x.rows, room.g);
    for (Int i = range.begin; i < range.end; i += panel) {
        const Int count = least(panel, range.end - i);
        if (packed) packed_rows(x, room.g, room.a, 0, x.rows, i, count, c);
        else unpacked_rows(x, room.a, i, count, c);
        chain_panel<T>(after, inner, i * x.n, count * x.n, c);
    }
}

}  // namespace

template <class T>
void gemm_reduce(const Call& call, const Frame& frame) {
    const Int k = call.ints[0], n = call.ints[1], per_sample = call.ints[4];
    const Operand &a = call.operands[0], &g = call.operands[1];
    const bool pick_a = call.ints[2], pick_g = call.ints[3];
    Reduction<T> x;
    x.a = {frame.at<T>(a), k, 1, pick_a ? &frame : nullptr, &a, per_sample};
    x.g = {frame.at<T>(g), n, 1, pick_g ? &frame : nullptr, &g, per_sample};
    x.k = k, x.n = n, x.rows = frame.rows * per_sample;
    x.fresh = frame.fresh || call.after;
    const Range range = part(k, TILE_ROWS, frame.share, frame.shares);
    if (n <= 0 || range.begin == range.end) return;
    if (call.after) reduce_panels(x, frame, range, *call.after);
    else reduce_whole(x, frame, range, frame.at<T>(call, 2) + range.begin * n);
}

PELLUCID_BOTH(gemm_reduce)

}  // namespace pellucid::PELLUCID_ISA
