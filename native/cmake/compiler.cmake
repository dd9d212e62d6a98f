# Whether this compiler makes the kernels, and for which instruction sets: `sets`.
#
# Where it does not, configuring ends in an error that says so, and the build backend goes on to
# install Pellucid without its compiled part (pyproject.toml, tool.scikit-build.overrides).
include(CheckCXXCompilerFlag)
include(CheckCXXSourceCompiles)

check_cxx_source_compiles("
  #include <cstdlib>
  typedef float Vec __attribute__((vector_size(16)));
  typedef int Bits __attribute__((vector_size(16)));
  Vec larger(Vec a, Vec b) {
    Bits mask = a > b;
    return __builtin_shufflevector(mask ? a : 1.0f - b, b, 4, 1, 5, 3);
  }
  int main() {
    static_assert(sizeof(void*) == 8, \"64 bits\");
    std::free(std::aligned_alloc(64, 64));
    return larger(Vec{}, Vec{})[0] > 2;
  }" PELLUCID_COMPILER_FITS)
if(NOT PELLUCID_COMPILER_FITS)
  message(FATAL_ERROR
    "Pellucid's kernels need a 64-bit system and the vector extensions of GCC 12 or newer, or of Clang "
    "(Apple's too); ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} on "
    "${CMAKE_SYSTEM_NAME} does not have what they use. Microsoft's compiler has no vector "
    "extensions: on Windows install Pellucid within WSL to have the compiled part. Elsewhere "
    "install a newer compiler, or name one in the environment variable CXX.")
endif()

# One file may be compiled for several processors at once (macOS): then for what all of them have.
set(processor "${CMAKE_SYSTEM_PROCESSOR}")
if(APPLE AND CMAKE_OSX_ARCHITECTURES)
  set(processor "${CMAKE_OSX_ARCHITECTURES}")
endif()
set(sets ${PELLUCID_SETS})
if(NOT sets)
  set(sets baseline)
  if(processor MATCHES "^(x86_64|AMD64|amd64)$")
    check_cxx_compiler_flag(-mavx2 PELLUCID_TAKES_avx2)
    check_cxx_compiler_flag(-mavx512vl PELLUCID_TAKES_avx512)
    foreach(isa avx2 avx512)
      if(PELLUCID_TAKES_${isa})
        list(APPEND sets ${isa})
      endif()
    endforeach()
  endif()
endif()
foreach(isa IN LISTS sets)
  if(NOT isa MATCHES "^(baseline|avx2|avx512)$")
    message(FATAL_ERROR "PELLUCID_SETS expects some of baseline;avx2;avx512, got ${isa}.")
  endif()
endforeach()
if(NOT "baseline" IN_LIST sets)
  message(FATAL_ERROR "PELLUCID_SETS expects baseline among its sets, got ${sets}.")
endif()
