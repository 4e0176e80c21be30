% SPDX-License-Identifier: Apache-2.0
% SPM's fit of the gated three-region model on the series that dcm_fit wrote to `folder`; leaves the
% seconds that spm_dcm_estimate took in seconds.txt. `folder` is set by the caller.
1;
function f = fcnchk(f, varargin)  % MATLAB has it, Octave does not
  if ischar(f), f = str2func(f); end
end
y = dlmread(fullfile(folder, 'y.tsv'), '\t');
u = dlmread(fullfile(folder, 'u.tsv'), '\t');
[v, n] = size(y);
DCM.a = [1 1 0; 1 1 1; 0 1 1];                       % rows: to; columns: from (V1, V5, SPC)
DCM.b = zeros(3, 3, 3);  DCM.b(2, 1, 2) = 1;         % motion modulates V1 -> V5
DCM.c = [1 0 0; 0 0 0; 0 0 1];                       % photic drives V1, attention SPC
DCM.d = zeros(3, 3, 3);  DCM.d(2, 1, 3) = 1;         % SPC gates V1 -> V5
DCM.U.u = u;  DCM.U.dt = 3.22 / 16;  DCM.U.name = {'photic', 'motion', 'attention'};
DCM.Y.y = y;  DCM.Y.dt = 3.22;  DCM.Y.X0 = ones(v, 1);  DCM.Y.name = {'V1', 'V5', 'SPC'};
DCM.Y.Q = spm_Ce(ones(1, n) * v);
DCM.n = n;  DCM.v = v;  DCM.TE = 0.04;  DCM.delays = ones(n, 1) * 1.61;
for i = 1:n, DCM.xY(i).name = DCM.Y.name{i}; end
DCM.options = struct('nonlinear', 1, 'two_state', 0, 'stochastic', 0, 'centre', 0, ...
                     'induced', 0, 'nograph', 1, 'maxit', 128);
tic;
DCM = spm_dcm_estimate(DCM);
seconds = toc;
file = fopen(fullfile(folder, 'seconds.txt'), 'w');
fprintf(file, '%.3f\n', seconds);
fclose(file);
printf('  SPM: F %.2f\n', DCM.F);
