// The tile: a few rows times a few vectors of a product, held in registers from first term to last.
//
// c[i][j] starts from a given value (0, a bias, or what is there) and takes a[i][p] b[p][j] in the
// order of p = 0, 1, ..., whatever the tile's height and width, whether b is packed or not, and
// wherever the sum is cut into blocks (a later block starts from the c that the earlier one left).
// So a number does not depend on which rows are computed together, nor on how many threads share
// them.
#pragma once

#include "../simd.h"

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace pellucid::PELLUCID_ISA {

#define PELLUCID_INLINE inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define UNROLL_TERMS _Pragma("clang loop unroll_count(4)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#define UNROLL_TERMS _Pragma("GCC unroll 4")
#endif

// A tile of TILE_ROWS x TILE_VECTORS leaves registers for one row of b and one number of a; one
// of few rows takes wider tiles, to have enough sums under way to hide the latency of each.
constexpr int TILE_ROWS = 6, TILE_VECTORS = REGISTERS == 32 ? 4 : 2, WIDEST = 8;
constexpr int most_vectors(int rows) {
    return rows == 1 ? WIDEST : rows <= 3 ? 4 : TILE_VECTORS;
}
template <class T>
constexpr Int TILE_COLS = TILE_VECTORS * WIDTH<T>;

// How a tile finds number (i, p) of its left operand, i of its rows and p of the terms.
enum Left {
    BY_ROWS,     // a[i][p]
    STRIDED,     // a[i][p * a_step]
    BY_COLUMNS,  // a[0][p * a_step + i]
    BY_PICKED,   // picked[p][place + i]
};

template <class T>
struct Tile {
    const T* a[TILE_ROWS];
    Int a_step;
    const T* const* picked;
    Int place;
    const T* b;  // number (p, j) of b is b[p * b_step + j]
    Int b_step;
    Int terms;
    Int whole;  // how many of the terms may read whole vectors of b, past its last column
    Int last;   // columns in the last vector, 1 .. WIDTH
    const T* start;  // what row i starts from is at start + i * start_step; null: zeros
    Int start_step;
    T* c;
    Int c_step;
};

// The first `count` elements, 0 < count <= WIDTH; the other lanes are zero.
template <class T>
PELLUCID_INLINE Vec<T> load_part(const T* from, Int count) {
#if defined(__AVX512F__)
    const unsigned mask = (1u << count) - 1;
    if constexpr (sizeof(T) == 4) return Vec<T>(_mm512_maskz_loadu_ps(mask, from));
    else return Vec<T>(_mm512_maskz_loadu_pd(mask, from));
#elif defined(__AVX__)
    alignas(32) static constexpr std::int32_t ONES[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    const std::int32_t* at = ONES + 8 - count * static_cast<Int>(sizeof(T) / 4);
    const __m256i mask = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    if constexpr (sizeof(T) == 4) return Vec<T>(_mm256_maskload_ps(from, mask));
    else return Vec<T>(_mm256_maskload_pd(from, mask));
#else
    if (count == WIDTH<T>) return load(from);
    Vec<T> v{};
    UNROLL
    for (int i = 0; i < WIDTH<T> - 1; ++i) {
        if (i < count) v[i] = from[i];
    }
    return v;
#endif
}

// In pieces of powers of two: masked stores are slow on some processors that have them.
template <class T>
PELLUCID_INLINE void store_part(T* to, Vec<T> v, Int count) {
    if (count == WIDTH<T>) return store(to, v);
    const T* from = reinterpret_cast<const T*>(&v);
    if (WIDTH<T> > 8 && count & 8) std::memcpy(to, from, 8 * sizeof(T)), to += 8, from += 8;
    if (WIDTH<T> > 4 && count & 4) std::memcpy(to, from, 4 * sizeof(T)), to += 4, from += 4;
    if (WIDTH<T> > 2 && count & 2) std::memcpy(to, from, 2 * sizeof(T)), to += 2, from += 2;
    if (count & 1) *to = *from;
}

// The address of number (0, p) of the left operand, or of (i, p) where each row has its own.
template <Left LEFT, class T>
PELLUCID_INLINE const T* left_at(const Tile<T>& t, const T* a, Int a_step, Int p) {
    if constexpr (LEFT == BY_ROWS) return a + p;
    else if constexpr (LEFT == BY_PICKED) return t.picked[p] + t.place;
    else return a + p * a_step;
}

// Add terms [begin, end) to the sums; with PART the last vector of b is read up to `last` only.
template <Left LEFT, bool PART, class T, int ROWS, int VECTORS>
PELLUCID_INLINE void add_terms(Vec<T> (&sums)[ROWS][VECTORS], const Tile<T>& t, Int begin,
                               Int end) {
    constexpr Int W = WIDTH<T>;
    constexpr bool APART = LEFT == BY_ROWS || LEFT == STRIDED;  // a pointer for each row
    const T* a[ROWS];
    UNROLL
    for (int i = 0; i < ROWS; ++i) a[i] = t.a[APART ? i : 0];
    const Int a_step = t.a_step, b_step = t.b_step, last = t.last;
    const T* b = t.b + begin * b_step;
    UNROLL_TERMS
    for (Int p = begin; p < end; ++p) {
        Vec<T> row[VECTORS];
        UNROLL
        for (int v = 0; v < VECTORS; ++v) {
            row[v] = PART && v == VECTORS - 1 ? load_part(b + v * W, last) : load(b + v * W);
        }
        b += b_step;
        const T* column = left_at<LEFT>(t, a[0], a_step, p);
        UNROLL
        for (int i = 0; i < ROWS; ++i) {
            const Vec<T> x = splat<T>(APART ? *left_at<LEFT>(t, a[i], a_step, p) : column[i]);
            UNROLL
            for (int v = 0; v < VECTORS; ++v) sums[i][v] += x * row[v];
        }
    }
}

template <Left LEFT, class T, int ROWS, int VECTORS>
void run_tile(const Tile<T>& t) {
    constexpr Int W = WIDTH<T>;
    constexpr int END = VECTORS - 1;
    Vec<T> sums[ROWS][VECTORS];
    if (t.start) {
        UNROLL
        for (int i = 0; i < ROWS; ++i) {
            const T* from = t.start + i * t.start_step;
            UNROLL
            for (int v = 0; v < END; ++v) sums[i][v] = load(from + v * W);
            sums[i][END] = load_part(from + END * W, t.last);
        }
    } else {
        UNROLL
        for (int i = 0; i < ROWS; ++i) {
            UNROLL
            for (int v = 0; v < VECTORS; ++v) sums[i][v] = Vec<T>{};
        }
    }
    add_terms<LEFT, false, T>(sums, t, 0, t.whole);
    if (t.whole < t.terms) add_terms<LEFT, true, T>(sums, t, t.whole, t.terms);
    UNROLL
    for (int i = 0; i < ROWS; ++i) {
        T* to = t.c + i * t.c_step;
        UNROLL
        for (int v = 0; v < END; ++v) store(to + v * W, sums[i][v]);
        store_part(to + END * W, sums[i][END], t.last);
    }
}

template <Left LEFT, class T, int ROWS, int VECTORS>
constexpr auto tile_of() -> void (*)(const Tile<T>&) {
    if constexpr (VECTORS <= most_vectors(ROWS)) return &run_tile<LEFT, T, ROWS, VECTORS>;
    else return nullptr;
}

#define PELLUCID_TILES(R)                                                                        \
    {tile_of<LEFT, T, R, 1>(), tile_of<LEFT, T, R, 2>(), tile_of<LEFT, T, R, 3>(),               \
     tile_of<LEFT, T, R, 4>(), tile_of<LEFT, T, R, 5>(), tile_of<LEFT, T, R, 6>(),               \
     tile_of<LEFT, T, R, 7>(), tile_of<LEFT, T, R, 8>()}
template <Left LEFT, class T>
constexpr void (*TILES[TILE_ROWS][WIDEST])(const Tile<T>&) = {
    PELLUCID_TILES(1), PELLUCID_TILES(2), PELLUCID_TILES(3),
    PELLUCID_TILES(4), PELLUCID_TILES(5), PELLUCID_TILES(6)};
#undef PELLUCID_TILES

// How many rows the next tile takes of `rows`: as few tiles as there can be, of about equal height.
inline Int next_rows(Int rows) {
    const Int tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
    return (rows + tiles - 1) / tiles;
}

// Set what depends on the width: `cols` columns of b, which may be read up to `readable` elements
// from its start. Gives the number of vectors.
template <class T>
PELLUCID_INLINE Int set_columns(Tile<T>& t, Int cols, Int readable) {
    constexpr Int W = WIDTH<T>;
    const Int vectors = (cols + W - 1) / W, room = readable - vectors * W;
    t.last = cols - (vectors - 1) * W;
    if (t.last == W) t.whole = t.terms;
    else if (room < 0 || t.b_step <= 0) t.whole = 0;
    else if (room >= (t.terms - 1) * t.b_step) t.whole = t.terms;
    else t.whole = room / t.b_step + 1;
    return vectors;
}

}  // namespace pellucid::PELLUCID_ISA
