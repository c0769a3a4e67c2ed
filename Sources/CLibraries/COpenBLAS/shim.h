#include <cblas.h>
#include <stddef.h>

// The eigenvalues of a symmetric matrix. OpenBLAS has LAPACK's routines but no header for them; the last three are
// the lengths of the strings, as Fortran compilers pass them.
void ssyevr_(
    const char *jobz, const char *range, const char *uplo, const int *n, float *a, const int *lda, const float *vl,
    const float *vu, const int *il, const int *iu, const float *abstol, int *m, float *w, float *z, const int *ldz,
    int *isuppz, float *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t, size_t);
