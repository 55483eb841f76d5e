* NMOS of the analogue blocks (MN1, MN2, MN3), BSIM3v3.3: ngspice level 8.
*
* tox m, nch 1/cm^3, u0 cm^2/(V s), k1 V^0.5, voff V, vsat m/s; what is not listed is
* the model's default. A 5 V class card with a 13.9 nm oxide that makes the DPI of
* paper 1, Fig. 6 work at its printed Vsyn,tau = 1.44 V and Csyn = 260 pF: chosen, not
* extracted from a process. Slope factor 1.37 at a source-bulk voltage of 1 V.
* Give ad, as, pd and ps at each transistor, or the model complains about pd and ps.
.model nmos_std nmos level=8 version=3.3.0
+ tox=13.9n nch=1.7e17 nfactor=1 voff=-0.1
+ vth0=0.65 k1=0.88 k2=-0.0186 u0=460 vsat=1.5e5
